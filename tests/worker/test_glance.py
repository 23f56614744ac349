"""Which mails are the usual ones: the statement that takes them must agree with the rules of the domain."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from shared import clock, outbox
from shared.db import Database
from shared.domain import links as rules
from shared.models import Account, Email, Link, OutboxRow
from shared.settings import Settings
from tests.worker.conftest import Office
from tests.worker.mail_server import MailServer
from worker import mailer as mailer_module
from worker.glance import MAIL, Mail, contents_at_a_glance
from worker.mailer import Mailer

Rows = Callable[[type[Any]], Sequence[Any]]
MINUTE = timedelta(minutes=1)


def change(database: Database, model: type[Any], **values: Any) -> None:
    with database.transaction() as session:
        session.execute(update(model).values(**values))


def now(database: Database) -> datetime:
    with database.transaction() as session:
        return clock.now(session)


def take(database: Database, row_id: UUID, lifetime: timedelta = 90 * MINUTE) -> Mail:
    with database.statement() as session:
        taken = outbox.take(session, row_id, worker=1, reading=MAIL, lifetime=lifetime)
    assert taken is not None
    assert isinstance(taken.about, Mail)
    return taken.about


AGES = [None, -91 * MINUTE, -MINUTE, timedelta(0), MINUTE, 89 * MINUTE, 120 * MINUTE]
"""When a link dies, seen from now."""


@pytest.mark.req("R21", "R22")
@pytest.mark.parametrize("dies_in", AGES, ids=str)
@pytest.mark.parametrize("died_of", [None, "used_at", "superseded_at"])
def test_a_link_is_stamped_where_the_rule_says_so_and_as_it_says(
    office: Office, ann: Account, rows: Rows, database: Database, dies_in: timedelta | None, died_of: str | None
) -> None:
    row_id = office.password_mail(ann)
    at = now(database)
    before = None if dies_in is None else at + dies_in
    change(database, Link, expires_at=before, **({died_of: at} if died_of else {}))

    mail = take(database, row_id)

    (link,) = rows(Link)
    is_dead = rules.why_unusable(
        expires_at=before, used_at=link.used_at, superseded_at=link.superseded_at, now=now(database)
    )
    assert (mail.stamped_until is None) == (is_dead is not None)
    assert link.expires_at == (before if is_dead else mail.stamped_until)
    if not is_dead:
        said = rules.stamp(expires_at=before, lifetime=90 * MINUTE, now=at)
        assert timedelta(0) <= link.expires_at - said < timedelta(seconds=20)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Link, {"locked_at": True}),
        (Link, {"purpose": "decide"}),
        (Email, {"state": "obsolete"}),
        (Email, {"template": "password-changed"}),
    ],
    ids=str,
)
def test_nothing_is_stamped_for_a_mail_that_is_not_the_usual_one(
    office: Office, ann: Account, rows: Rows, database: Database, model: type[Any], changes: dict[str, Any]
) -> None:
    row_id = office.password_mail(ann)
    change(database, model, **{name: ann.created_at if value is True else value for name, value in changes.items()})

    assert take(database, row_id).stamped_until is None

    assert rows(Link)[0].expires_at is None


def test_the_links_of_others_are_left_alone(office: Office, ann: Account, rows: Rows, database: Database) -> None:
    mine, other = office.password_mail(ann), office.password_mail(office.account())

    mail = take(database, mine)

    assert {link.id: link.expires_at is not None for link in rows(Link)}[mail.link_id]
    assert [link.expires_at for link in rows(Link) if link.id != mail.link_id] == [None]
    assert take(database, other).stamped_until is not None


def test_a_mail_that_is_gone_is_finished_as_obsolete(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    with office.database.transaction() as session:
        session.delete(session.query(Email).one())

    mailer.deliver(row_id)

    (row,) = rows(OutboxRow)
    assert (row.outcome, row.crashes) == ("obsolete", 0)
    assert not mail_server.mails


def test_the_short_way_says_what_the_long_way_says(
    *,
    mailer: Mailer,
    mail_server: MailServer,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = office.account(email_language="fr", time_zone="Europe/Athens", last_name="O'Neil & <Fils>")
    row_id = office.password_mail(person)
    mail_server.answers.append("451 try again")
    with monkeypatch.context() as patch:
        patch.setattr(mailer_module, "contents_at_a_glance", lambda *_: None)
        mailer.deliver(row_id)
        office.make_due()
        mailer.deliver(row_id)
    with office.database.transaction() as session:
        email = session.query(Email).one()
        email.state = "waiting"
        session.query(Link).update({"expires_at": None})
        session.execute(update(OutboxRow).values(finished_at=None, outcome=None))
    office.make_due()
    mailer.deliver(row_id)

    long, short = mail_server.mails
    assert long.link == short.link
    without_times = [mail.text.splitlines()[:12] for mail in (long, short)]
    assert without_times[0] == without_times[1]
    assert [name for name, _ in long.message.items()] == [name for name, _ in short.message.items()]


@pytest.mark.req("S46")
def test_a_link_whose_key_is_gone_has_no_contents(
    office: Office, ann: Account, database: Database, settings: Settings
) -> None:
    row_id = office.password_mail(ann)
    change(database, Link, key_number=(settings.keyring.newest + 1) % 256)

    assert contents_at_a_glance(take(database, row_id), settings) is None
