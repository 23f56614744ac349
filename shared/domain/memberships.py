from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.errors import AlreadyHeld, NotFound


class MembershipStatus(StrEnum):
    """Whether a person may act for a post."""

    VALID = "valid"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Action(StrEnum):
    """What can be done to a membership."""

    GRANT = "grant"
    SUSPEND = "suspend"
    LIFT = "lift"
    END = "end"


class Actor(StrEnum):
    """Who does it: the system (commands included), somebody who may decide on the post, or the member."""

    SYSTEM = "system"
    APPROVER = "approver"
    MEMBER = "member"


class WrongActor(ValueError):
    """Code let somebody do what is the business of another: a mistake of the program, never of a person."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From where (None: there is no membership yet), to where, and by whom."""

    sources: frozenset[MembershipStatus | None]
    target: MembershipStatus
    actors: frozenset[Actor]


# A suspended membership still binds the person to its kind of role and to its post: otherwise lifting
# the suspension could leave one person with two kinds (R30).
HELD = frozenset({MembershipStatus.VALID, MembershipStatus.SUSPENDED})

TRANSITIONS = MappingProxyType(
    {
        Action.GRANT: Transition(
            frozenset({None, MembershipStatus.ENDED}),
            MembershipStatus.VALID,
            frozenset({Actor.APPROVER, Actor.SYSTEM}),
        ),
        Action.SUSPEND: Transition(
            frozenset({MembershipStatus.VALID}),
            MembershipStatus.SUSPENDED,
            frozenset({Actor.APPROVER, Actor.SYSTEM}),
        ),
        # Only a person lifts: the reason for a suspension is one that somebody has to look at.
        Action.LIFT: Transition(
            frozenset({MembershipStatus.SUSPENDED}),
            MembershipStatus.VALID,
            frozenset({Actor.APPROVER}),
        ),
        Action.END: Transition(
            frozenset(HELD),
            MembershipStatus.ENDED,
            frozenset({Actor.APPROVER, Actor.SYSTEM, Actor.MEMBER}),
        ),
    }
)


def apply(status: MembershipStatus | None, action: Action, actor: Actor) -> MembershipStatus:
    """Give the status of a membership after the action.

    ``status`` is None where the person never held the post. An ended membership may be granted again.

    Raises:
        WrongActor: the action is not the actor's, whatever the status.
        AlreadyHeld: the grant is of a membership that is valid or suspended (R32).
        NotFound: no membership in a state that the action can start from.
    """
    transition = TRANSITIONS[action]
    if actor not in transition.actors:
        raise WrongActor(f"{action} is not for the {actor}")
    if status in transition.sources:
        return transition.target
    if action == Action.GRANT:
        raise AlreadyHeld(f"the membership is {status}")
    raise NotFound(f"no membership to {action}")
