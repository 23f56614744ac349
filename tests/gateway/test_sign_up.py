from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.app import Gateway
from shared.db import Database
from shared.domain.deliveries import MailState
from shared.i18n import format_time
from shared.models import (
    Account,
    Assignment,
    AuditEvent,
    Email,
    Link,
    Membership,
    OutboxRow,
    RoleRequest,
)
from shared.services.sign_up import PRIVACY_VERSION
from tests.builders import an_account
from tests.gateway.browser import Browser, Program, one, page, words
from tests.gateway.conftest import FORM

Rows = Callable[[type[Any]], Sequence[Any]]


def show(moment: datetime) -> str:
    return format_time(moment, language="en", zone="Europe/Brussels")


@pytest.mark.req("R9", "R10", "R15", "R18", "R19")
def test_the_page_holds_every_field_of_the_letter_with_its_words(browser: Browser) -> None:
    served = browser.get("/account/create")

    form = one(served, "form#create")
    labels = {str(label["for"]): " ".join(label.get_text(" ").split()) for label in form.select("label")}
    assert labels == {
        "first_name": "First name",
        "last_name": "Last name",
        "username": "Username (optional)",
        "email": "E-mail",
        "confirm_email": "Confirm e-mail",
        "email_language": "E-mail language",
        "accept_privacy": "By checking this box, you acknowledge that you have read and understood the "
        "privacy statement",
    }
    assert one(served, 'form#create a[href="/account/privacy"]').get_text() == "privacy statement"
    assert form.select("button")[-1].get_text() == "Create an account"
    assert one(served, "h1").get_text() == "Create an account"
    assert one(served, 'main a[href="/account/help"]').get_text() == "Help for external users"
    assert "You are strongly advised to choose your individual professional e-mail address." in words(served)


@pytest.mark.req("R20", "S2")
def test_one_sign_up_makes_an_account_a_link_without_an_end_and_one_mail(sign_up: Any, rows: Rows) -> None:
    assert sign_up() == (202, {})

    (account,) = rows(Account)
    assert (account.first_name, account.last_name, account.email) == ("Ann", "Peeters", "ann@alpro.example")
    assert account.password_hash is None
    (link,) = rows(Link)
    assert (link.account_id, link.purpose, link.expires_at) == (account.id, "password", None)
    (email,) = rows(Email)
    assert (email.template, email.recipient, email.language, email.link_id, email.state) == (
        "password",
        "ann@alpro.example",
        "nl",
        link.id,
        "waiting",
    )
    (work,) = rows(OutboxRow)
    assert (work.task, work.queue, work.subject_id) == ("emails.deliver", "mail.urgent", email.id)


@pytest.mark.req("R8", "R3")
def test_signing_up_asks_for_no_role(sign_up: Any, rows: Rows) -> None:
    sign_up()

    assert not any(rows(model) for model in (RoleRequest, Assignment, Membership))
    assert [work.task for work in rows(OutboxRow)] == ["emails.deliver"]


@pytest.mark.req("R10")
@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("first_name", "Give your first name."),
        ("last_name", "Give your last name."),
        ("email", "Give your e-mail address."),
        ("confirm_email", "Type your e-mail address a second time."),
        ("email_language", "Choose the language of your mails."),
        ("accept_privacy", "Check the box to say that you have read the privacy statement."),
    ],
)
def test_a_missing_field_is_named_and_nothing_is_stored(sign_up: Any, rows: Rows, field: str, sentence: str) -> None:
    assert sign_up(**{field: None}) == (422, {field: sentence})

    assert not rows(Account)
    assert not rows(OutboxRow)


@pytest.mark.req("R10")
def test_all_that_is_missing_is_said_at_once(program: Program) -> None:
    answer = program.post("/accounts", {})

    assert set(answer.json["errors"]) == {  # type: ignore[index]
        "first_name",
        "last_name",
        "email",
        "confirm_email",
        "email_language",
        "accept_privacy",
    }


@pytest.mark.req("R10")
def test_what_was_typed_stays_on_the_page_when_something_is_wrong(browser: Browser) -> None:
    answer = browser.send("/account/create", FORM | {"last_name": "", "username": "ann.p"})

    form = one(answer, "form#create")
    values = {str(box["name"]): box.get("value") for box in form.select("input[name]")}
    assert values["first_name"] == "Ann"
    assert values["email"] == values["confirm_email"] == "ann@alpro.example"
    assert values["username"] == "ann.p"
    assert form.select_one("input[name=accept_privacy][checked]")
    assert one(answer, "option[selected]")["value"] == "nl"
    assert one(answer, ".summary a")["href"] == "#last_name"


@pytest.mark.req("R12")
def test_two_different_addresses_are_refused(sign_up: Any) -> None:
    status, errors = sign_up(confirm_email="ann@alpro2.example")

    assert status == 422
    assert errors == {"confirm_email": "The two e-mail addresses are not the same. Type the second one again."}


@pytest.mark.req("R12", "S40")
def test_capitals_make_no_other_address(sign_up: Any, rows: Rows) -> None:
    assert sign_up(email="Ann@Alpro.example", confirm_email="ann@ALPRO.example")[0] == 202

    assert rows(Account)[0].email_key == "ann@alpro.example"


@pytest.mark.req("R13")
def test_the_language_of_mails_is_one_of_24_and_english_when_nothing_better_is_known(browser: Browser) -> None:
    options = page(browser.get("/account/create")).select("select[name=email_language] option")

    assert " ".join(str(option["value"]) for option in options) == (
        "bg es cs da de et el en fr ga hr it lv lt hu mt nl pl pt ro sk sl fi sv"
    )
    assert [option.get_text() for option in options if option.has_attr("selected")] == ["English (en)"]


@pytest.mark.req("R13")
def test_the_language_of_mails_is_preselected_from_the_browser(browser: Browser) -> None:
    served = browser.get("/account/create", headers={"Accept-Language": "fr-BE, nl;q=0.8"})

    assert one(served, "select[name=email_language] option[selected]")["value"] == "fr"


@pytest.mark.req("R13")
def test_another_language_than_the_24_is_refused(sign_up: Any) -> None:
    assert sign_up(email_language="zz") == (422, {"email_language": "Choose one of the 24 languages."})


@pytest.mark.req("R15")
def test_the_acknowledgement_is_kept_with_version_and_time(sign_up: Any, rows: Rows) -> None:
    before = datetime.now(UTC)

    sign_up()

    (account,) = rows(Account)
    assert account.privacy_version == PRIVACY_VERSION
    assert before - timedelta(seconds=1) <= account.privacy_accepted_at <= datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.req("R15")
def test_the_privacy_statement_names_the_version_that_is_kept(browser: Browser) -> None:
    assert f"Version {PRIVACY_VERSION}" in words(browser.get("/account/privacy"))


@pytest.mark.req("R5", "R15", "R13")
def test_an_unfinished_sign_up_is_replaced_by_the_next(sign_up: Any, rows: Rows) -> None:
    sign_up(first_name="An", email_language="nl")

    sign_up(first_name="Ann", email_language="fr")

    (account,) = rows(Account)
    assert (account.first_name, account.email_language) == ("Ann", "fr")
    assert [email.template for email in rows(Email)] == ["password", "password"]
    assert len(rows(Link)) == 2
    assert all(link.superseded_at is None for link in rows(Link))


@pytest.mark.req("R5")
def test_a_known_address_makes_no_second_account_and_its_owner_is_told(
    sign_up: Any, rows: Rows, person: Account
) -> None:
    assert sign_up(first_name="Eve", email="ANN@people.example", confirm_email="ann@people.example") == (202, {})

    (account,) = rows(Account)
    assert account.first_name == "Ann"
    (email,) = rows(Email)
    assert (email.template, email.recipient) == ("already-registered", "ann@people.example")
    assert not rows(Link)


@pytest.mark.req("S23", "R5", "S7")
def test_the_owner_of_a_disabled_account_is_told_and_the_answer_is_the_same(
    sign_up: Any, rows: Rows, person: Account, database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Account, person.id).disabled_at = now

    assert sign_up(email=person.email, confirm_email=person.email) == (202, {})

    assert [email.template for email in rows(Email)] == ["already-registered"]
    assert not rows(Link)


@pytest.mark.req("R8", "R20", "R23")
def test_the_next_page_says_where_the_mail_goes_how_long_the_link_works_and_where_help_is(browser: Browser) -> None:
    served = browser.follow(browser.send("/account/create", FORM))

    shown = words(served)
    assert "We are sending a mail to ann@alpro.example" in shown
    assert "You have 90 minutes to click on the link" in shown
    assert "The sender is no-reply@gatehouse.example" in shown
    assert "No role has been requested yet" in shown
    links = {str(link["href"]).partition("#")[0] for link in page(served).select("main a")}
    assert {"/account/help", "/account/password-link"} <= links


@pytest.mark.req("S43")
def test_the_audit_event_of_a_sign_up_holds_ids_only(sign_up: Any, rows: Rows) -> None:
    sign_up(username="ann.peeters")

    (event,) = rows(AuditEvent)
    (account,) = rows(Account)
    assert (event.action, event.actor, event.subject_id) == ("account.created", f"account:{account.id}", account.id)
    assert event.details == {"privacy_version": PRIVACY_VERSION}


@pytest.mark.req("R20", "S7")
@pytest.mark.usefixtures("still_time")
@pytest.mark.parametrize("owner", ["nobody", "somebody", "somebody disabled"])
@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (MailState.WAITING, "On its way The mail server has not taken it yet"),
        (MailState.SENT, "Sent The mail server took it."),
        (MailState.REFUSED, "Did not arrive No mail server took it."),
        (MailState.HELD, "Held back More mails were asked for"),
    ],
)
def test_the_next_page_says_where_the_mail_stands_whoever_has_the_address(
    browser: Browser, database: Database, now: datetime, owner: str, state: MailState, shown: str
) -> None:
    with database.transaction() as session:
        if owner != "nobody":
            account = an_account(session, email="ann@alpro.example", password_hash="$argon2id$some")
            account.disabled_at = now if owner == "somebody disabled" else None
    browser.send("/account/create", FORM)
    with database.transaction() as session:
        email = session.scalars(select(Email)).one()
        email.state = state
        email.created_at, email.sent_at = now, now + timedelta(minutes=1) if state == MailState.SENT else None

    told = words(browser.get("/account/create/sent"))

    assert f"Where your mail is now {shown}" in told
    assert f"Asked for: {show(now)}" in told
    if state == MailState.SENT:
        assert f"Taken by the mail server: {show(now + timedelta(minutes=1))}" in told
        assert f"The link in it works until: {show(now + timedelta(minutes=91))}" in told
    else:
        assert "The link in it works until" not in told


@pytest.mark.req("S7")
def test_where_a_mail_stands_is_told_to_the_visit_that_caused_it_alone(browser: Browser, app: Gateway) -> None:
    browser.send("/account/create", FORM)

    assert "Where your mail is now" in words(browser.get("/account/create/sent"))
    assert "Where your mail is now" not in words(Browser(app).get("/account/create/sent"))


@pytest.mark.req("S7", "R23")
@pytest.mark.parametrize(("email", "is_told"), [(FORM["email"], True), ("bea@alpro.example", False)])
def test_where_a_mail_stands_is_not_told_beside_another_address(browser: Browser, email: str, is_told: bool) -> None:
    browser.send("/account/create", FORM)

    told = words(browser.follow(browser.send("/account/password-link", {"email": email})))

    assert f"We are sending a mail to {email}" in told
    assert ("Where your mail is now" in told) is is_told
