"""Many at the same moment, on real transactions: two approvers, many presses, an approver and the clock (S32)."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import DomainError
from shared.models import (
    Account,
    Administrator,
    Assignment,
    AuditEvent,
    Email,
    Membership,
    Organisation,
    RoleRequest,
    RoleRequestItem,
)
from shared.services.decision_target import DecidedBefore
from shared.services.role_request_decide import decide
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_cca, a_commission, a_routed_request, one_in_charge, token_for, without_codes
from tests.builders_role_requests import a_control_body, a_role_request
from tests.conftest import NOW

ROUNDS = 50
"""Rounds of two approvers here; the two hundred over HTTP are an end-to-end test."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return without_codes(settings)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each of these came to when all began at the same moment: its answer, or the error of the domain."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def pressing(
    database: Database, settings: Settings, token: str, decision: Decision = Decision.ACCEPT, **more: Any
) -> Callable[[], Any]:
    def press() -> Any:
        with database.transaction() as session:
            outcome = decide(
                session,
                token=token,
                decision=decision,
                reason="No." if decision is Decision.REJECT else None,
                decider_name="Jan Peeters",
                settings=settings,
                now=NOW,
                **more,
            )
        return outcome.or_raise()

    return press


def decisions(database: Database, role_request_id: UUID) -> tuple[int, int]:
    """How many events and outcome mails a request has."""
    with database.reading() as session:
        decided = AuditEvent.action.in_(["role_request.accepted", "role_request.rejected"])
        return (
            session.scalars(
                select(func.count()).select_from(AuditEvent).where(decided, AuditEvent.subject_id == role_request_id)
            ).one(),
            session.scalars(
                select(func.count())
                .select_from(Email)
                .where(Email.template == "outcome", Email.role_request_id == role_request_id)
            ).one(),
        )


@pytest.mark.slow
@pytest.mark.req("S32", "R71")
def test_of_two_approvers_at_the_same_moment_one_decides_and_the_other_sees_who(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        operator = an_organisation(session, name="Colzagro")
        chief = one_in_charge(session, operator)
        a_cca(session, name="Central Authority", mailbox_email="office@authority.example")
        cases = []
        for _ in range(ROUNDS):
            role_request = a_routed_request(session, settings, operator.posts[0])
            tokens = [token_for(session, settings, role_request, who) for who in (chief, None)]
            cases.append((role_request.id, tokens))

    winners: Counter[str] = Counter()
    for role_request_id, (one, other) in cases:
        results = at_once(
            pressing(database, settings, one, Decision.ACCEPT),
            pressing(database, settings, other, Decision.REJECT),
        )
        (lost,) = [result for result in results if isinstance(result, DomainError)]
        assert isinstance(lost, DecidedBefore)
        winner = "Colzagro" if results[1] is lost else "Central Authority"
        winners[winner] += 1
        assert (lost.office, lost.at) == (winner, NOW)
        assert decisions(database, role_request_id) == (1, 1)
        with database.reading() as session:
            item = session.scalars(
                select(RoleRequestItem).where(RoleRequestItem.role_request_id == role_request_id)
            ).one()
            held = session.scalars(select(Membership).where(Membership.item_id == item.id)).all()
            assert item.status == lost.status == ("accepted" if winner == "Colzagro" else "rejected")
            assert len(held) == int(item.status == "accepted")


@pytest.mark.req("S3", "S32")
def test_of_many_presses_on_one_link_one_decides(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
        token = token_for(session, settings, role_request)

    results = at_once(*[pressing(database, settings, token) for _ in range(8)])

    assert sum(isinstance(result, DecidedBefore) for result in results) == 7
    assert decisions(database, role_request.id) == (1, 1)


@pytest.mark.req("S32")
def test_of_two_who_decide_overlapping_parts_one_gets_all_of_the_part_or_nothing(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        body = a_control_body(session, "AE-BIO-149", "AF-BIO-149", "AL-BIO-149")
        chief = one_in_charge(session, body)
        a_cca(session, country="NL", mailbox_email="office@authority.example")
        role_request = a_routed_request(session, settings, *body.posts)
        tokens = [token_for(session, settings, role_request, who) for who in (chief, None)]
        first, second, third = (item.id for item in role_request.items)

    results = at_once(
        pressing(database, settings, tokens[0], item_ids=[first, second]),
        pressing(database, settings, tokens[1], Decision.REJECT, item_ids=[second, third]),
    )

    assert sum(isinstance(result, DecidedBefore) for result in results) == 1
    with database.reading() as session:
        statuses = session.scalars(select(RoleRequestItem.status).order_by(RoleRequestItem.position)).all()
    assert statuses in (["accepted", "accepted", "waiting"], ["waiting", "rejected", "rejected"])


@pytest.mark.req("S32", "R46")
def test_new_operators_of_one_country_accepted_at_once_get_numbers_of_their_own(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        an_organisation(session, traces_number="BE-ORG-OP-7")
        tokens = []
        for _ in range(6):
            role_request = a_routed_request(session, settings, an_organisation(session, status="new").posts[0])
            tokens.append(token_for(session, settings, role_request))

    at_once(*[pressing(database, settings, token) for token in tokens])

    assert numbers(database) == [f"BE-ORG-OP-{number}" for number in range(7, 14)]


def numbers(database: Database) -> Sequence[str | None]:
    with database.reading() as session:
        return sorted(
            session.scalars(select(Organisation.traces_number).where(Organisation.traces_number.is_not(None))),
            key=lambda number: int((number or "").rpartition("-")[2]),
        )


@pytest.mark.req("S32")
def test_of_many_accepted_at_once_in_an_empty_organisation_one_becomes_administrator(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        operator = an_organisation(session)
        role_requests = [a_routed_request(session, settings, operator.posts[0]) for _ in range(6)]
        tokens = [token_for(session, settings, role_request) for role_request in role_requests]

    at_once(*[pressing(database, settings, token) for token in tokens])

    with database.reading() as session:
        assert session.scalars(select(func.count()).select_from(Administrator)).one() == 1
        assert session.scalars(select(func.count()).select_from(Membership)).one() == 6


@pytest.mark.req("S32")
@pytest.mark.parametrize("rival", ["withdrawal", "expiry"])
def test_a_decision_and_its_rival_at_the_same_moment_end_in_one_of_the_two(
    database: Database, settings: Settings, rival: str
) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
        token = token_for(session, settings, role_request)
        applicant_id = role_request.account_id

    def take_back() -> None:
        with database.transaction() as session:
            withdraw(
                session,
                account=session.get_one(Account, applicant_id),
                environment=Environment.PRODUCTION,
                role_request_id=role_request.id,
                now=NOW,
            )

    def let_expire() -> None:
        with database.transaction() as session:
            advance(session, settings=settings, now=NOW + timedelta(days=30))

    at_once(pressing(database, settings, token), take_back if rival == "withdrawal" else let_expire)

    with database.reading() as session:
        status = session.scalars(select(RoleRequestItem.status)).one()
        members = session.scalars(select(func.count()).select_from(Membership)).one()
        mails = Counter(session.scalars(select(Email.template).where(Email.account_id == applicant_id)))
    assert (status, members) in {
        ("accepted", 1),
        ("withdrawn" if rival == "withdrawal" else "expired", 0),
    }
    assert mails["outcome"] == members
    assert mails["expired"] == int(status == "expired")


@pytest.mark.req("R73")
def test_a_request_that_is_routed_by_many_at_once_asks_everybody_once(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        operator = an_organisation(session)
        one_in_charge(session, operator)
        role_request = a_role_request(session, an_account(session), operator.posts[0], status="submitted")

    def work() -> None:
        with database.transaction() as session:
            route(session, role_request.id, settings=settings, now=NOW)

    at_once(*[work] * 6)

    with database.reading() as session:
        assert session.scalars(select(func.count()).select_from(Assignment)).one() == 2
        assert session.scalars(select(func.count()).select_from(Email)).one() == 2


def test_a_ladder_that_is_climbed_by_many_at_once_takes_each_step_once(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        a_commission(session)
        for _ in range(4):
            a_routed_request(session, settings, an_organisation(session).posts[0])

    def climb() -> int:
        with database.transaction() as session:
            return advance(session, settings=settings, now=NOW + timedelta(days=15))

    assert sum(at_once(*[climb] * 4)) == 4
    with database.reading() as session:
        counted = Counter(session.scalars(select(Email.template)))
        assert session.scalars(select(func.count()).select_from(RoleRequest)).one() == 4
    assert counted == {"decide": 8, "reminder": 4}
