"""Where a role request stands and what happens next, in words for the applicant: offices, never persons (C4)."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from shared.domain.ladder import AFTER, Step, next_step
from shared.domain.organisations import N_
from shared.domain.role_requests import ItemStatus, RequestStatus, request_status


class Code(StrEnum):
    """What a statement says; the values are stable, for programs and for tests."""

    WITH_OFFICE = "with_office"
    NOT_ROUTED_YET = "not_routed_yet"
    NOBODY_FOUND = "nobody_found"
    WAS_DECIDED = "was_decided"
    WAS_WITHDRAWN = "was_withdrawn"
    WAS_EXPIRED = "was_expired"

    WILL_BE_ROUTED = "will_be_routed"
    REMINDER = "reminder"
    NEXT_LEVEL = "next_level"
    EXPIRY = "expiry"
    NOTHING_MORE = "nothing_more"

    SENT = "sent"
    ASKED = "asked"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


SENTENCES = MappingProxyType(
    {
        # With which office.
        Code.WITH_OFFICE: "%(office)s",
        Code.NOT_ROUTED_YET: N_("Not known yet, because the request is still on its way to the office."),
        Code.NOBODY_FOUND: N_(
            "Not known yet, because nobody who may decide can be reached. Our staff have been told and look for the"
            " right office."
        ),
        Code.WAS_DECIDED: N_("Decided by %(office)s."),
        Code.WAS_WITHDRAWN: N_("With no office any more, because you withdrew the request."),
        Code.WAS_EXPIRED: N_("With no office any more, because nobody decided in time."),
        # What happens next.
        Code.WILL_BE_ROUTED: N_("The request goes to the office that may decide, and the office is told by mail."),
        Code.REMINDER: N_(
            "The first decision counts, and you get a mail. Without a decision a reminder goes out at %(at)s."
        ),
        Code.NEXT_LEVEL: N_(
            "The first decision counts, and you get a mail. Without a decision the next office above, where there is"
            " one, is asked as well at %(at)s."
        ),
        Code.EXPIRY: N_(
            "The first decision counts, and you get a mail. Without a decision the request expires on %(at)s; you can"
            " send it again then."
        ),
        Code.NOTHING_MORE: N_("Nothing more, because the request is closed."),
        # What has happened.
        Code.SENT: N_("You sent the request."),
        Code.ASKED: N_("Asked to decide: %(office)s."),
        Code.REMINDED: N_("A reminder went to whoever was asked."),
        Code.ESCALATED: N_("Nobody had decided, so the next office above was looked for."),
        Code.ACCEPTED: N_("Accepted by %(office)s."),
        Code.REJECTED: N_("Rejected by %(office)s."),
        Code.WITHDRAWN: N_("You withdrew the request."),
        Code.EXPIRED: N_("The request expired, because nobody decided in time."),
    }
)
"""One English sentence for each code, with the placeholders ``office`` and ``at`` and no others."""

_STEPS = MappingProxyType({Step.REMINDER: Code.REMINDER, Step.NEXT_LEVEL: Code.NEXT_LEVEL, Step.EXPIRY: Code.EXPIRY})


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence about a request, and what fills its gaps.

    A page shows it as ``gettext(statement.sentence) % statement.values(at=...)``, the time written for its reader.

    Attributes:
        code: what it says.
        offices: names of offices as the reference data prints them, in the order of asking.
        at: aware UTC; when it happens or happened, where the code speaks of a time.
    """

    code: Code
    offices: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def sentence(self) -> str:
        """The English sentence with its gaps, for looking up a translation."""
        return SENTENCES[self.code]

    def values(self, *, at: str = "") -> dict[str, str]:
        """What fills the gaps: the offices' names, and the time as its reader writes it."""
        return {"office": "; ".join(self.offices), "at": at}

    def __str__(self) -> str:
        """The whole sentence in English, the time in UTC: ``2026-06-16 09:32 UTC``."""
        at = "" if self.at is None else f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return self.sentence % self.values(at=at)


def whereabouts(
    items: Collection[ItemStatus], *, asked: Sequence[str], deciders: Sequence[str], nobody: bool
) -> Statement:
    """Say with which office a request is; never empty, whatever its state.

    Args:
        items: the statuses of all its items.
        asked: names of the offices that are asked to decide at this moment.
        deciders: names of the offices that decided on an item.
        nobody: routing found nobody living who may decide on some item.
    """
    if request_status(items) is RequestStatus.OPEN:
        if asked:
            return Statement(Code.WITH_OFFICE, offices=tuple(asked))
        return Statement(Code.NOBODY_FOUND if nobody else Code.NOT_ROUTED_YET)
    if deciders:
        return Statement(Code.WAS_DECIDED, offices=tuple(deciders))
    return Statement(Code.WAS_EXPIRED if ItemStatus.EXPIRED in items else Code.WAS_WITHDRAWN)


def what_next(
    items: Collection[ItemStatus],
    *,
    submitted_at: datetime,
    done: AbstractSet[Step],
    asked: bool,
    nobody: bool,
) -> Statement:
    """Say what happens to a request if nobody does anything; only what the product really does.

    ``submitted_at`` is aware UTC, ``done`` the steps of the ladder that were taken, ``asked`` whether any office is
    asked to decide at this moment, ``nobody`` as above.
    """
    if request_status(items) is RequestStatus.CLOSED:
        return Statement(Code.NOTHING_MORE)
    if not asked and not nobody:
        return Statement(Code.WILL_BE_ROUTED)
    following = next_step(submitted_at, done) if asked else None
    if following is None:
        return Statement(Code.EXPIRY, at=submitted_at + AFTER[Step.EXPIRY])
    step, at = following
    return Statement(_STEPS[step], at=at)
