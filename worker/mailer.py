"""Delivering one mail: take it, say it with no transaction open, record what became of it."""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shared import clock, outbox
from shared.db import Database, is_away
from shared.direct import Step
from shared.domain.deliveries import MailState, backoff
from shared.messages import Task
from shared.models import Email, OutboxRow
from shared.outbox import Taken
from shared.rows import table_of
from shared.services.links import supersede_elders
from shared.settings import Settings
from worker.contents import Contents
from worker.domain_watch import DomainWatch
from worker.glance import MAIL, Mail, contents_at_a_glance
from worker.headers import headers_of
from worker.letters import render
from worker.obstacles import ready_to_send
from worker.postbox import Answer, Letter, Postbox, Receipt
from worker.server_watch import ServerWatch

RECORD_AGAIN: Final = 0.5
"""Seconds between tries to record what the server said: forgetting it would send the mail twice."""
RECORD_FOR: Final = 3600.0
"""Seconds after which they end; a process that is to stop is killed long before."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail in hand."""

    row: Taken
    mail: Mail
    contents: Contents
    """Everything its template needs."""


class Opened(Enum):
    """What takes mails again."""

    SERVER = "server"
    DOMAIN = "domain"


class Mailer:
    """Delivers the mails of one worker process, from any of its threads."""

    def __init__(self, settings: Settings, database: Database, worker: int) -> None:
        """Prepare; nothing connects before the first mail."""
        self._settings = settings
        self._database = database
        self._worker = worker
        self._postbox = Postbox(settings.mail)
        self._server = ServerWatch()
        self._domains = DomainWatch()
        self._own_domain = settings.mail.default_sender.partition("@")[2]

    def still_to_do(self, row_ids: Sequence[str]) -> Sequence[str]:
        """Leave out what is over of a message that names many rows: a queue that waits is announced more than once."""
        if len(row_ids) == 1:
            return row_ids
        try:
            with self._database.statement() as session:
                return [str(row_id) for row_id in outbox.unfinished(session, [UUID(one) for one in row_ids])]
        except SQLAlchemyError as error:
            if is_away(error):
                # Each row then waits for the database, instead of all being given up at once.
                return row_ids
            raise

    def deliver(self, row_id: UUID) -> None:
        """Send the mail of one outbox row, if it is still to be sent; a second call does nothing.

        While the mail server is away only one mail at a time probes it; the others stay where they are. While a domain
        takes no mails, one at a time probes that; the others to it are put off.
        """
        if not self._server.may_try():
            return
        draft = self._take(row_id)
        if draft is None:
            self._server.was_not_asked()
            return
        receipt = self._postbox.send(self._letter(draft))
        after, opened = self._learn(draft, receipt)
        self._record_surely(draft, receipt, after)
        logger.info("mail %s", receipt.answer.value, extra={"email_id": str(draft.mail.id), "row_id": str(row_id)})
        if opened is not None:
            with self._database.transaction() as session:
                outbox.announce_afresh(session, Task.DELIVER_EMAILS, only_put_off=opened is Opened.DOMAIN)

    def _take(self, row_id: UUID) -> Draft | None:
        """Take a row, and gather what its mail says; or give the row back, or finish it, and return None.

        The taking is committed by itself: a mail that cannot be gathered counts as a crash.
        """
        with self._database.statement() as session:
            row = outbox.take(session, row_id, worker=self._worker, reading=MAIL, lifetime=self._settings.link_lifetime)
        if row is None:
            self._park(row_id)
            return None
        mail: Mail | None = row.about
        if mail is None:
            with self._database.statement() as session:
                outbox.finish(session, row, MailState.OBSOLETE)
            return None
        if wait := self._domains.wait(mail.domain):
            with self._database.statement() as session:
                outbox.put_off(session, row, after=wait)
            return None
        contents = contents_at_a_glance(mail, self._settings) or self._contents(row)
        if contents is None:
            self._domains.was_not_asked(mail.domain)
            return None
        return Draft(row, mail, contents)

    def _park(self, row_id: UUID) -> None:
        """Park the row if it brought down its workers too often; in the same transaction people are shown its end."""
        with self._database.transaction() as session:
            if outbox.park(session, row_id):
                _show_parked(session, row_id)

    def _contents(self, row: Taken) -> Contents | None:
        """Stamp what the mail carries and gather what it says; or finish its row, and return None."""
        with self._database.transaction() as session:
            email = session.get_one(Email, row.subject_id, with_for_update=True)
            contents = ready_to_send(session, email, settings=self._settings, now=clock.now(session))
            if contents is None:
                outbox.finish(session, row, email.state)
            return contents

    def _letter(self, draft: Draft) -> Letter:
        mail = draft.mail
        parts = render(mail.template, language=mail.language, contents=draft.contents)
        headers = headers_of(mail, self._own_domain)
        return Letter(mail.id, mail.recipient, parts.subject, parts.text, parts.html, headers)

    def _learn(self, draft: Draft, receipt: Receipt) -> tuple[timedelta, Opened | None]:
        """Tell the watches what the server said.

        Returns:
            When the mail is to be tried again, if it is; and what takes mails again that did not before.
        """
        domain = draft.mail.domain
        if receipt.answer is Answer.SERVER_AWAY:
            self._domains.was_not_asked(domain)
            return self._server.went_away(), None
        server = Opened.SERVER if self._server.is_there() else None
        own_wait = backoff(draft.row.attempts + 1, _jitter())
        if receipt.answer is Answer.TEMPORARY and receipt.code is None:
            self._domains.broke_off(domain, draft.mail.recipient)
            return own_wait, server
        if receipt.answer is Answer.TEMPORARY and not receipt.is_greylisting:
            return max(own_wait, self._domains.refused(domain, draft.mail.recipient)), server
        return own_wait, server or (Opened.DOMAIN if self._domains.answered(domain) else None)

    def _record_surely(self, draft: Draft, receipt: Receipt, after: timedelta) -> None:
        """Record what became of a mail, however long the database is away: nobody else knows it.

        Raises:
            SQLAlchemyError: what was to be recorded is wrong, or an hour has passed.
        """
        end = time.monotonic() + RECORD_FOR
        while True:
            try:
                return self._record(draft, receipt, after)
            except SQLAlchemyError as error:
                if not is_away(error) or time.monotonic() > end:
                    raise
                logger.warning(
                    "the database does not answer; a mail's end is not recorded yet",
                    extra={"email_id": str(draft.mail.id), "row_id": str(draft.row.id)},
                )
                time.sleep(RECORD_AGAIN)

    def _record(self, draft: Draft, receipt: Receipt, after: timedelta) -> None:
        row, words = draft.row, receipt.words
        with self._database.statement() as session:
            match receipt.answer:
                case Answer.ACCEPTED:
                    _accepted(session, draft)
                case Answer.PERMANENT:
                    outbox.finish(session, row, "refused", error=words, then=_refused, email_id=row.subject_id)
                case Answer.TEMPORARY:
                    outbox.retry(session, row, after=after, error=words)
                case Answer.SERVER_AWAY:
                    outbox.retry(session, row, after=after, error=words, counts=False)


def _accepted(session: Step, draft: Draft) -> None:
    mail = draft.mail
    if mail.template != "password" or mail.link_id is None:
        outbox.finish(session, draft.row, "done", then=_sent, email_id=mail.id)
        return
    outbox.finish(
        session,
        draft.row,
        "done",
        then=_sent_with_link,
        email_id=mail.id,
        owner_id=mail.account_id,
        newer_id=mail.link_id,
        newer_purpose=mail.link_purpose,
        newer_since=mail.link_created_at,
    )


# What else changes when the work on a mail is over.

_EMAIL = table_of(Email)
_THIS = _EMAIL.c.id == bindparam("email_id")


def _sent(now: Any) -> tuple[Update, ...]:
    return (update(_EMAIL).where(_THIS).values(state=MailState.SENT, sent_at=now),)


def _sent_with_link(now: Any) -> tuple[Update, ...]:
    return *_sent(now), supersede_elders(now)


def _refused(_now: Any) -> tuple[Update, ...]:
    return (update(_EMAIL).where(_THIS).values(state=MailState.REFUSED, reason=bindparam("error")),)


def _show_parked(session: Session, row_id: UUID) -> None:
    mail = select(OutboxRow.subject_id).where(OutboxRow.id == row_id).scalar_subquery()
    waiting = update(_EMAIL).where(_EMAIL.c.id == mail, _EMAIL.c.state == MailState.WAITING)
    session.execute(waiting.values(state=MailState.REFUSED, reason="parked: it could not be written or sent"))


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads retries, protects nothing
