"""Delivery reports joined to the mails they are about: a mail that was sent, and did not arrive after all."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState
from shared.domain.delivery_reports import STATE_AFTER, Action, DeliveryReport, Said, read_report, said_of
from shared.models import Email
from shared.services import audit
from shared.settings import Settings


class Outcome(StrEnum):
    """What became of a report."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    NOTHING_NEW = "nothing new"
    """It was said before, or says something that changes nothing."""
    TOO_EARLY = "too early"
    """The mail counts as waiting still: the report has to be read again."""
    NOT_OURS = "not about a mail of ours"
    NOT_UNDERSTOOD = "not understood"


_OUTCOMES = {Action.FAILED: Outcome.BOUNCED, Action.DELAYED: Outcome.DELAYED, Action.DELIVERED: Outcome.DELIVERED}


def understood(raw: bytes, *, settings: Settings) -> DeliveryReport | None:
    """Read a mail as it was received; None when it is no report that we understand.

    Before the transaction: a report from a stranger may take a second, and on SQLite everybody would wait for it.
    """
    return read_report(raw, sender_domain=settings.mail.default_sender.partition("@")[2])


def take_report(session: Session, report: DeliveryReport | None, *, now: datetime) -> Outcome:
    """Note on the mail what a report says of it; a second report of the same changes nothing.

    Anybody can write a report. It counts only for a mail that was sent and that it names by the id which nobody but the
    mail's recipient and its way there knows; and it changes nothing but what is shown of that mail's delivery: no
    account, no link, no request.

    A failure makes the mail ``refused``, with time and status of the report.
    """
    if report is None:
        return Outcome.NOT_UNDERSTOOD
    email = _mail_of(session, report)
    if email is None:
        return Outcome.NOT_OURS
    if email.state == MailState.WAITING:
        return Outcome.TOO_EARLY
    return _note(session, email, said_of(report, email.recipient_key), now)


def _mail_of(session: Session, report: DeliveryReport) -> Email | None:
    found = (session.get(Email, mail_id, with_for_update=True) for mail_id in report.mail_ids)
    return next(filter(None, found), None)


def _note(session: Session, email: Email, said: Said, now: datetime) -> Outcome:
    state = STATE_AFTER.get((MailState(email.state), said.action))
    if state is None or email.reason == said.note:
        return Outcome.NOTHING_NEW
    email.state, email.reason = state, said.note
    if said.action is Action.FAILED:
        email.bounced_at, email.bounce_status = now, said.status
        audit.record(
            session,
            action="email.bounced",
            actor=audit.SYSTEM,
            subject_type="email",
            subject_id=email.id,
            now=now,
            environment=email.environment,
            status=said.status,
            is_alias=said.is_alias,
        )
    return _OUTCOMES[said.action]
