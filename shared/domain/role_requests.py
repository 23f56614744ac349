from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.errors import AlreadyDecided, NotAnApprover, RequestWithdrawn


class ItemStatus(StrEnum):
    """Where one item (one post asked for) stands."""

    SUBMITTED = "submitted"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RequestStatus(StrEnum):
    """Whether anything in a role request still waits for somebody."""

    OPEN = "open"
    CLOSED = "closed"


class Action(StrEnum):
    """What can be done to an item."""

    ROUTE = "route"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Actor(StrEnum):
    """Who does it."""

    SYSTEM = "system"
    APPROVER = "approver"
    APPLICANT = "applicant"


class WrongActor(ValueError):
    """Code let somebody do what is the business of another: a mistake of the program, never of a person."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From where, to where, and by whom."""

    sources: frozenset[ItemStatus]
    target: ItemStatus
    actor: Actor


OPEN = frozenset({ItemStatus.SUBMITTED, ItemStatus.WAITING})
WAITING = frozenset({ItemStatus.WAITING})

TRANSITIONS = MappingProxyType(
    {
        # Also from waiting: to route again is the same act, when the last recipient of an office goes.
        Action.ROUTE: Transition(OPEN, ItemStatus.WAITING, Actor.SYSTEM),
        Action.ACCEPT: Transition(WAITING, ItemStatus.ACCEPTED, Actor.APPROVER),
        Action.REJECT: Transition(WAITING, ItemStatus.REJECTED, Actor.APPROVER),
        Action.WITHDRAW: Transition(OPEN, ItemStatus.WITHDRAWN, Actor.APPLICANT),
        Action.EXPIRE: Transition(OPEN, ItemStatus.EXPIRED, Actor.SYSTEM),
    }
)


def apply(status: ItemStatus, action: Action, actor: Actor) -> ItemStatus:
    """Give the status of an item after the action; the first decision counts (R71, S32).

    Raises:
        WrongActor: the action is not the actor's, whatever the status.
        AlreadyDecided: the item is accepted, rejected or expired.
        RequestWithdrawn: the applicant took the item back.
        NotAnApprover: the item is not routed yet, so nobody was given the right to decide it.
    """
    transition = TRANSITIONS[action]
    if actor != transition.actor:
        raise WrongActor(f"{action} is for the {transition.actor}, not for the {actor}")
    if status in transition.sources:
        return transition.target
    if status == ItemStatus.WITHDRAWN:
        raise RequestWithdrawn("the item was withdrawn")
    if status == ItemStatus.SUBMITTED:
        raise NotAnApprover("the item has not been routed to any office yet")
    raise AlreadyDecided(f"the item is {status} already")


def request_status(items: Iterable[ItemStatus]) -> RequestStatus:
    """Say whether a request with items of these statuses is open: it is while one of them is."""
    return RequestStatus.OPEN if any(status in OPEN for status in items) else RequestStatus.CLOSED
