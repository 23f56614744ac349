"""Does whoever decides hold the recipient's mailbox? A mail forwarded to the applicant is not enough (S25)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from shared.domain.errors import CodeRequired, CodeWrong, LinkLocked
from shared.models import Assignment, Link
from shared.services import decision_codes, remembered_browsers
from shared.services.decision_codes import Answer
from shared.services.remembered_browsers import KnownBrowser
from shared.services.role_request_assignments import recipient_of
from shared.settings import Settings, StepUp


class Ground(StrEnum):
    """On what the decider was believed; stored with the event of the decision."""

    LOGIN = "login"
    CODE = "code"
    REMEMBERED = "remembered"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Proof:
    """The decider was believed; ``secret`` is to be kept by the browser, None where there is nothing new to keep."""

    ground: Ground
    secret: str | None = None


Refusal = CodeRequired | CodeWrong | LinkLocked
"""Handed back instead of raised: a count or a mail stands behind each, which a rollback would take away."""

_REFUSALS: dict[Answer, Callable[[], Refusal]] = {
    Answer.NONE_MAILED: lambda: CodeRequired("a code was mailed to the recipient of the link"),
    Answer.WRONG: lambda: CodeWrong("not the code for this decision"),
    Answer.LOCKED: lambda: LinkLocked("too many wrong codes"),
}


def prove(
    session: Session,
    *,
    assignment: Assignment,
    link: Link | None,
    bound: bytes,
    is_strict: bool,
    code: str | None,
    secrets: Collection[str],
    words: dict[str, Any],
    settings: Settings,
    now: datetime,
) -> Proof | Refusal:
    """Ask for the proof that a decision needs, or accept the one that was given.

    Args:
        session: a transaction that holds the lock of the request; to be committed whatever the answer.
        assignment: whose recipient has to be behind the decision.
        link: the link it comes through; None for a recipient who is logged in, which is proof enough.
        bound: the decision, from ``decision_codes.bound_to``.
        is_strict: a remembered browser counts only within 12 hours of its proof.
        code: the six digits that were typed, None before the mail.
        secrets: of remembered browsers, as this browser keeps them.
        words: ids and codes from which the mail says what the code is for.
        settings: ``DECISION_STEP_UP`` and the keys.
        now: the product's time.

    Raises:
        TooManyRequests: a fourth code within the hour for this assignment.
    """
    if link is None:
        return Proof(Ground.LOGIN)
    if settings.step_up is StepUp.NEVER:
        return Proof(Ground.NOT_ASKED)
    key = recipient_of(assignment).key
    browser = remembered_browsers.find(session, secrets, recipient_key=key, now=now)
    if browser is not None and _is_enough(browser, settings.step_up, is_strict=is_strict, now=now):
        return Proof(Ground.REMEMBERED)
    answer = Answer.NONE_MAILED
    if code is not None:
        answer = decision_codes.redeem(
            session, code, assignment=assignment, link=link, bound=bound, keyring=settings.keyring, now=now
        )
    if answer is Answer.NONE_MAILED:
        decision_codes.mail_code(session, assignment, bound=bound, keyring=settings.keyring, now=now, **words)
    if answer is not Answer.RIGHT:
        return _REFUSALS[answer]()
    if browser is not None:
        browser.prove_again(now)
        return Proof(Ground.CODE, browser.secret)
    return Proof(Ground.CODE, remembered_browsers.remember(session, recipient_key=key, now=now))


def _is_enough(browser: KnownBrowser, step_up: StepUp, *, is_strict: bool, now: datetime) -> bool:
    return step_up is StepUp.REMEMBERED and (not is_strict or browser.is_fresh(now))
