from itertools import product

import pytest

from shared.domain.errors import AlreadyDecided, NotAnApprover, RequestWithdrawn
from shared.domain.role_requests import (
    Action,
    Actor,
    ItemStatus,
    RequestStatus,
    WrongActor,
    apply,
    request_status,
)

BY_WHOM = {
    Action.ROUTE: Actor.SYSTEM,
    Action.ACCEPT: Actor.APPROVER,
    Action.REJECT: Actor.APPROVER,
    Action.WITHDRAW: Actor.APPLICANT,
    Action.EXPIRE: Actor.SYSTEM,
}

Outcome = ItemStatus | type[Exception]

FROM_SUBMITTED: dict[Action, Outcome] = {
    Action.ROUTE: ItemStatus.WAITING,
    Action.ACCEPT: NotAnApprover,
    Action.REJECT: NotAnApprover,
    Action.WITHDRAW: ItemStatus.WITHDRAWN,
    Action.EXPIRE: ItemStatus.EXPIRED,
}

FROM_WAITING: dict[Action, Outcome] = {
    Action.ROUTE: ItemStatus.WAITING,
    Action.ACCEPT: ItemStatus.ACCEPTED,
    Action.REJECT: ItemStatus.REJECTED,
    Action.WITHDRAW: ItemStatus.WITHDRAWN,
    Action.EXPIRE: ItemStatus.EXPIRED,
}

OUTCOMES: dict[ItemStatus, dict[Action, Outcome]] = {
    ItemStatus.SUBMITTED: FROM_SUBMITTED,
    ItemStatus.WAITING: FROM_WAITING,
    ItemStatus.ACCEPTED: dict.fromkeys(Action, AlreadyDecided),
    ItemStatus.REJECTED: dict.fromkeys(Action, AlreadyDecided),
    ItemStatus.EXPIRED: dict.fromkeys(Action, AlreadyDecided),
    ItemStatus.WITHDRAWN: dict.fromkeys(Action, RequestWithdrawn),
}

OPEN = {ItemStatus.SUBMITTED, ItemStatus.WAITING}


def test_the_words_of_the_contract_are_kept() -> None:
    assert [str(s) for s in ItemStatus] == ["submitted", "waiting", "accepted", "rejected", "withdrawn", "expired"]
    assert [str(s) for s in RequestStatus] == ["open", "closed"]


@pytest.mark.req("R70", "R71", "S32")
@pytest.mark.parametrize(("status", "action", "actor"), list(product(ItemStatus, Action, Actor)))
def test_an_item_does_what_the_table_says_and_nothing_else(status: ItemStatus, action: Action, actor: Actor) -> None:
    outcome: Outcome = OUTCOMES[status][action] if actor is BY_WHOM[action] else WrongActor

    if isinstance(outcome, ItemStatus):
        assert apply(status, action, actor) is outcome
    else:
        with pytest.raises(outcome):
            apply(status, action, actor)


@pytest.mark.req("R71")
@pytest.mark.parametrize(("first", "second"), list(product([Action.ACCEPT, Action.REJECT], repeat=2)))
def test_the_second_decision_finds_the_item_decided(first: Action, second: Action) -> None:
    decided = apply(ItemStatus.WAITING, first, Actor.APPROVER)

    with pytest.raises(AlreadyDecided):
        apply(decided, second, Actor.APPROVER)


@pytest.mark.req("S27")
@pytest.mark.parametrize(("status", "action"), list(product(ItemStatus, [Action.ACCEPT, Action.REJECT])))
def test_an_applicant_decides_in_no_status(status: ItemStatus, action: Action) -> None:
    with pytest.raises(WrongActor):
        apply(status, action, Actor.APPLICANT)


@pytest.mark.parametrize("pair", list(product(ItemStatus, repeat=2)))
def test_a_request_is_open_while_one_of_its_items_is(pair: tuple[ItemStatus, ItemStatus]) -> None:
    expected = RequestStatus.OPEN if OPEN & set(pair) else RequestStatus.CLOSED

    assert request_status(pair) is expected


@pytest.mark.parametrize(("status", "outcome"), [("withdrawn", RequestWithdrawn), ("submitted", NotAnApprover)])
def test_a_status_read_from_a_table_as_plain_text_counts_the_same(status: str, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        apply(status, Action.ACCEPT, Actor.APPROVER)  # type: ignore[arg-type]
