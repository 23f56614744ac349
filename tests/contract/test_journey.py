"""From the form to the log-in: gateway, outbox, worker and a real mail server together."""

import io
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from gateway.app import create_app
from gateway.application import Gateway
from shared import outbox
from shared.db import Database
from shared.models import Account
from shared.settings import load_settings
from tests.gateway.browser import Browser, one, words
from tests.worker.mail_server import MailServer, Received
from worker.mailer import Mailer

PASSWORD = "Battery-Staple-9"
ADDRESS = "ann@alpro.example"


@pytest.fixture
def mail_server(environment: pytest.MonkeyPatch) -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    environment.setenv("MAIL_SERVER", "127.0.0.1")
    environment.setenv("MAIL_PORT", str(server.port))
    yield server
    server.stop()


@pytest.fixture
def app(mail_server: MailServer, database: Database) -> Iterator[Gateway]:
    app = create_app(load_settings())
    yield app
    app.database.dispose()


def deliver_all(app: Gateway) -> None:
    """Do the work that waits, as relay and worker do."""
    mailer = Mailer(app.settings, app.database, worker=1)
    with app.database.transaction() as session:
        due = outbox.announce(session)
    for one_row in due:
        mailer.deliver(one_row.id)
    mailer._postbox._own.connection.close()


def walk(app: Gateway, mail_server: MailServer) -> tuple[Browser, Received]:
    """Sign up, read the mail, follow its link, set the password, log in: only what was served is followed."""
    browser = Browser(app)
    form = one(browser.get("/"), "main a[href='/account/create']")["href"]
    fields = {"first_name": "Ann", "last_name": "Peeters", "email": ADDRESS, "confirm_email": ADDRESS}
    browser.send(str(form), fields | {"accept_privacy": "on"})
    deliver_all(app)
    mail = mail_server.mails[-1]
    opened = browser.follow(browser.get(mail.link.removeprefix(app.settings.public_url)))
    log_in = browser.follow(browser.press(opened, {"password": PASSWORD, "confirm_password": PASSWORD}))
    browser.follow(browser.press(log_in, {"email": ADDRESS, "password": PASSWORD}))
    return browser, mail


@pytest.mark.req("R20", "R24", "R26", "S9")
def test_whoever_signs_up_gets_a_mail_sets_a_password_and_is_in(app: Gateway, mail_server: MailServer) -> None:
    browser, mail = walk(app, mail_server)

    assert mail.recipients == [ADDRESS]
    assert mail.link.startswith(f"{app.settings.public_url}/password/")
    assert "Ann Peeters" in words(browser.get("/"))


@pytest.mark.req("R6")
def test_one_account_and_one_log_in_serve_both_environments(app: Gateway, mail_server: MailServer) -> None:
    browser, _ = walk(app, mail_server)

    for path in ("/production/", "/training/"):
        shown = browser.get(path)
        assert shown.status_code == 200
        assert "Ann Peeters" in one(shown, "header").get_text()


@pytest.mark.req("S43", "S2")
def test_no_address_token_or_password_is_in_any_log(
    app: Gateway, mail_server: MailServer, written: io.StringIO
) -> None:
    browser, mail = walk(app, mail_server)
    browser.get(f"/password/{mail.token}")
    cookie = browser.cookie("session")

    log = written.getvalue()
    ours = [line for line in map(json.loads, log.splitlines()) if line["logger"] != "mail.log"]  # the server's own
    assert {line["message"] for line in ours} == {"request", "mail accepted"}
    for secret in (ADDRESS, "Peeters", mail.token, PASSWORD, str(cookie)):
        assert secret not in log


@pytest.mark.req("S2", "S18")
def test_neither_password_nor_token_is_in_the_database(app: Gateway, mail_server: MailServer) -> None:
    _, mail = walk(app, mail_server)

    with app.database.reading() as session:
        kept = "".join(repr(session.execute(table.select()).all()) for table in Account.metadata.sorted_tables)
        assert session.scalars(select(Account.password_hash)).one().startswith("$argon2id$v=19$m=19456,t=2,p=1$")  # type: ignore[union-attr]
    assert ADDRESS in kept
    for secret in (PASSWORD, mail.token, mail.token[24:]):
        assert secret not in kept


@pytest.mark.req("R21", "R22", "S5")
def test_whoever_comes_too_late_gets_a_new_mail_with_one_press(app: Gateway, mail_server: MailServer) -> None:
    browser = Browser(app)
    browser.send("/account/password-link", {"email": ADDRESS})
    fields = {"first_name": "Ann", "last_name": "Peeters", "email": ADDRESS, "confirm_email": ADDRESS}
    browser.send("/account/create", fields | {"accept_privacy": "on"})
    deliver_all(app)
    app.test_cli_runner().invoke(args=["clock", "advance", "90m"])
    late = browser.follow(browser.get(mail_server.mails[0].link.removeprefix(app.settings.public_url)))
    assert late.status_code == 410

    browser.press(late)
    deliver_all(app)

    assert len(mail_server.mails) == 2
    assert mail_server.mails[1].link != mail_server.mails[0].link
    opened = browser.follow(browser.get(mail_server.mails[1].link.removeprefix(app.settings.public_url)))
    assert browser.press(opened, {"password": PASSWORD, "confirm_password": PASSWORD}).status_code == 303
