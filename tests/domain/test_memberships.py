from itertools import product

import pytest

from shared.domain.errors import AlreadyHeld, NotFound
from shared.domain.memberships import HELD, Action, Actor, MembershipStatus, WrongActor, apply

BY_WHOM = {
    Action.GRANT: {Actor.APPROVER, Actor.SYSTEM},
    Action.SUSPEND: {Actor.APPROVER, Actor.SYSTEM},
    Action.LIFT: {Actor.APPROVER},
    Action.END: {Actor.APPROVER, Actor.SYSTEM, Actor.MEMBER},
}

Outcome = MembershipStatus | type[Exception]

NEVER_HELD: dict[Action, Outcome] = {
    Action.GRANT: MembershipStatus.VALID,
    Action.SUSPEND: NotFound,
    Action.LIFT: NotFound,
    Action.END: NotFound,
}

OUTCOMES: dict[MembershipStatus | None, dict[Action, Outcome]] = {
    None: NEVER_HELD,
    MembershipStatus.VALID: {
        Action.GRANT: AlreadyHeld,
        Action.SUSPEND: MembershipStatus.SUSPENDED,
        Action.LIFT: NotFound,
        Action.END: MembershipStatus.ENDED,
    },
    MembershipStatus.SUSPENDED: {
        Action.GRANT: AlreadyHeld,
        Action.SUSPEND: NotFound,
        Action.LIFT: MembershipStatus.VALID,
        Action.END: MembershipStatus.ENDED,
    },
    MembershipStatus.ENDED: NEVER_HELD,
}


def test_the_words_of_the_contract_are_kept() -> None:
    assert [str(status) for status in MembershipStatus] == ["valid", "suspended", "ended"]


@pytest.mark.req("R32")
@pytest.mark.parametrize(("status", "action", "actor"), list(product([None, *MembershipStatus], Action, Actor)))
def test_a_membership_does_what_the_table_says_and_nothing_else(
    status: MembershipStatus | None, action: Action, actor: Actor
) -> None:
    outcome: Outcome = OUTCOMES[status][action] if actor in BY_WHOM[action] else WrongActor

    if isinstance(outcome, MembershipStatus):
        assert apply(status, action, actor) is outcome
    else:
        with pytest.raises(outcome):
            apply(status, action, actor)


@pytest.mark.req("R30")
@pytest.mark.parametrize("status", MembershipStatus)
def test_a_membership_binds_as_long_as_it_may_be_valid_again_without_a_new_request(
    status: MembershipStatus | None,
) -> None:
    can_come_back = status is MembershipStatus.VALID or OUTCOMES[status][Action.LIFT] is MembershipStatus.VALID

    assert (status in HELD) == can_come_back
