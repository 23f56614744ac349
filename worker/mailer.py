"""Delivering one mail: take it, say it with no transaction open, record what became of it."""

import logging
import random
import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared import clock, outbox
from shared.db import Database, is_away
from shared.domain.deliveries import MailState, backoff
from shared.messages import Task
from shared.models import Email, Link, OutboxRow
from shared.services.links import supersede_elders
from shared.settings import Settings
from worker.contents import Contents
from worker.letters import render
from worker.obstacles import ready_to_send
from worker.postbox import Answer, Letter, Postbox, Receipt
from worker.server_watch import ServerWatch

RECORD_AGAIN: Final = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Seconds between tries to record what the server said: forgetting it would send the mail twice."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail in hand: its rows, and everything its template needs."""

    row: OutboxRow
    email: Email
    contents: Contents


class Mailer:
    """Delivers the mails of one worker process, from any of its threads."""

    def __init__(self, settings: Settings, database: Database, worker: int) -> None:
        """Prepare; nothing connects before the first mail."""
        self._settings = settings
        self._database = database
        self._worker = worker
        self._postbox = Postbox(settings.mail)
        self._server = ServerWatch()

    def deliver(self, row_id: UUID) -> None:
        """Send the mail of one outbox row, if it is still to be sent; a second call does nothing.

        While the mail server is away only one mail at a time probes it; the others stay where they are.
        """
        if not self._server.may_try():
            return
        draft = self._take(row_id)
        if draft is None:
            self._server.was_not_asked()
            return
        receipt = self._postbox.send(self._letter(draft))
        self._record_surely(draft, receipt)
        logger.info("mail %s", receipt.answer.value, extra={"email_id": str(draft.email.id), "row_id": str(row_id)})
        if receipt.answer is not Answer.SERVER_AWAY and self._server.is_there():
            with self._database.transaction() as session:
                outbox.announce_afresh(session, Task.DELIVER_EMAILS)

    def _take(self, row_id: UUID) -> Draft | None:
        try:
            return self._draft(row_id)
        except Exception:
            # Its contents cannot be gathered: taken once more by itself, so that this counts as a crash.
            with self._database.transaction() as session:
                outbox.take(session, row_id, worker=self._worker)
            raise

    def _draft(self, row_id: UUID) -> Draft | None:
        with self._database.transaction() as session:
            row = outbox.take(session, row_id, worker=self._worker)
            if row is None:
                _show_if_parked(session, row_id)
                return None
            email = session.get(Email, row.subject_id, with_for_update=True)
            contents = ready_to_send(session, email, settings=self._settings, now=clock.now(session))
            if email is None or contents is None:
                outbox.finish(session, row, email.state if email else MailState.OBSOLETE)
                return None
            return Draft(row, email, contents)

    def _letter(self, draft: Draft) -> Letter:
        email = draft.email
        parts = render(email.template, language=email.language, contents=draft.contents)
        return Letter(email.id, email.recipient, parts.subject, parts.text, parts.html, self._headers(email))

    def _headers(self, email: Email) -> dict[str, str]:
        headers = {"Auto-Submitted": "auto-generated", "X-Gatehouse-Template": email.template}
        if email.environment:
            headers["X-Gatehouse-Environment"] = email.environment
        if email.role_request_id:
            # The same in every mail of a request, so that mailboxes show them as one thread (RFC 5322 3.6.4).
            domain = self._settings.mail.default_sender.partition("@")[2]
            headers["References"] = headers["In-Reply-To"] = f"<{email.role_request_id}@{domain}>"
        return headers

    def _record_surely(self, draft: Draft, receipt: Receipt) -> None:
        """Record what became of a mail, also when the database is away for a moment.

        Raises:
            DBAPIError: it is away for longer.
        """
        for pause in RECORD_AGAIN:
            try:
                return self._record(draft, receipt)
            except DBAPIError as error:
                if not is_away(error):
                    raise
                logger.warning("the database does not answer; a mail's end is not recorded yet")
                time.sleep(pause)
        return self._record(draft, receipt)

    def _record(self, draft: Draft, receipt: Receipt) -> None:
        with self._database.transaction() as session:
            row = session.merge(draft.row, load=False)
            if receipt.answer is Answer.ACCEPTED:
                self._accepted(session, draft, row)
            elif receipt.answer is Answer.PERMANENT:
                if outbox.finish(session, row, "refused", error=receipt.words):
                    email = session.get_one(Email, draft.email.id)
                    email.state, email.reason = MailState.REFUSED, receipt.words
            elif receipt.answer is Answer.TEMPORARY:
                outbox.retry(session, row, after=backoff(row.attempts + 1, _jitter()), error=receipt.words)
            else:
                wait = self._server.went_away()
                outbox.retry(session, row, after=wait, error=receipt.words, counts=False)

    def _accepted(self, session: Session, draft: Draft, row: OutboxRow) -> None:
        now = clock.now(session)
        if outbox.finish(session, row, "done"):
            email = session.get_one(Email, draft.email.id)
            email.state, email.sent_at = MailState.SENT, now
            if email.template == "password" and email.link_id:
                supersede_elders(session, session.get_one(Link, email.link_id), now=now)


def _show_if_parked(session: Session, row_id: UUID) -> None:
    """Show people that a mail which brought down its worker again and again is not coming."""
    parked = session.scalar(
        select(Email)
        .join(OutboxRow, OutboxRow.subject_id == Email.id)
        .where(OutboxRow.id == row_id, OutboxRow.outcome == "parked", Email.state == MailState.WAITING)
    )
    if parked is not None:
        parked.state, parked.reason = MailState.REFUSED, "parked: it could not be written or sent"


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads retries, protects nothing
