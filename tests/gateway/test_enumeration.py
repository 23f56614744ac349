from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event

from gateway import passwords
from gateway.application import Gateway
from shared.db import Database
from shared.models import Account
from tests.builders import an_account
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program, without_nonces
from tests.gateway.conftest import BODY, FORM

UNKNOWN = "eve@people.example"
KNOWN = "ann@people.example"
WITHOUT_PASSWORD = "new@people.example"
DISABLED = "off@people.example"
ADDRESSES = [KNOWN, WITHOUT_PASSWORD, DISABLED]


@pytest.fixture(autouse=True)
def town(person: Account, newcomer: Account, database: Database) -> None:
    """An account of every sort."""
    with database.transaction() as session:
        an_account(session, email=DISABLED, password_hash=person.password_hash, disabled_at=NOW)


def sign_up(visitor: Browser | Program, email: str) -> Any:
    addresses = {"email": email, "confirm_email": email}
    if isinstance(visitor, Program):
        return visitor.post("/accounts", BODY | addresses)
    return visitor.send("/account/create", FORM | addresses)


def ask(visitor: Browser | Program, email: str) -> Any:
    if isinstance(visitor, Program):
        return visitor.post("/password-links", {"email": email})
    return visitor.send("/account/password-link", {"email": email})


def log_in(visitor: Browser | Program, email: str) -> Any:
    fields = {"email": email, "password": "Wrong-Horse-777"}
    if isinstance(visitor, Program):
        return visitor.post("/sessions", fields)
    return visitor.send("/account/log-in", fields)


@pytest.mark.req("S7", "R5")
@pytest.mark.parametrize("email", ADDRESSES)
@pytest.mark.parametrize("act", [sign_up, ask, log_in])
@pytest.mark.parametrize("visitor", [Browser, Program])
def test_known_and_unknown_addresses_get_byte_equal_answers(
    app: Gateway, visitor: type[Any], act: Callable[[Any, str], Any], email: str
) -> None:
    known, unknown = visitor(app), visitor(app)

    answers = act(known, email), act(unknown, UNKNOWN)

    assert without_nonces(answers[0], email) == without_nonces(answers[1], UNKNOWN)
    if visitor is Browser and act is not log_in:
        pages = known.follow(answers[0]), unknown.follow(answers[1])
        assert without_nonces(pages[0], email) == without_nonces(pages[1], UNKNOWN)


@pytest.mark.req("S7", "S12")
@pytest.mark.parametrize("act", [sign_up, ask])
def test_an_address_whose_limit_is_reached_gets_the_same_answer(
    limits_on: None, app: Gateway, act: Callable[[Any, str], Any]
) -> None:
    before = without_nonces(act(Browser(app), KNOWN), KNOWN)
    for _ in range(6):
        act(Program(app, machine="203.0.113.5"), KNOWN)

    assert without_nonces(act(Browser(app), KNOWN), KNOWN) == before


class CountingExecutor(ThreadPoolExecutor):
    """Counts the hashes asked of it."""

    count = 0

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.count += 1
        return super().submit(*args, **kwargs)


@pytest.fixture
def work(
    app: Gateway, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[], Any]], tuple[list[str], int]]]:
    """The statements and the number of hashes that an act causes."""
    passwords.matches(None, "")  # the hash that nobody's password is compared with is made once
    statements: list[str] = []
    event.listen(
        app.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2].partition("\n")[0])
    )
    with CountingExecutor(2) as executor:
        monkeypatch.setattr(passwords, "_hashing", executor)

        def measure(act: Callable[[], Any]) -> tuple[list[str], int]:
            statements.clear()
            executor.count = 0
            act()
            return [*statements], executor.count

        yield measure


@pytest.mark.req("S8")
@pytest.mark.parametrize("email", ADDRESSES)
def test_a_wrong_log_in_causes_the_same_work_for_known_and_unknown_addresses(
    program: Program, work: Callable[[Callable[[], Any]], tuple[list[str], int]], email: str
) -> None:
    known = work(lambda: log_in(program, email))
    unknown = work(lambda: log_in(program, UNKNOWN))

    assert known == unknown
    assert known[1] == 1


@pytest.mark.req("S8")
@pytest.mark.parametrize("act", [sign_up, ask])
@pytest.mark.parametrize("email", [*ADDRESSES, UNKNOWN])
def test_nothing_slow_is_done_before_the_answer_to_a_sign_up_or_a_request_for_a_link(
    program: Program,
    work: Callable[[Callable[[], Any]], tuple[list[str], int]],
    act: Callable[[Any, str], Any],
    email: str,
) -> None:
    statements, hashes = work(lambda: act(program, email))

    assert any(statement.startswith("INSERT") for statement in statements), "a commit to disk, whoever asks"
    assert hashes == 0
    assert len(statements) <= 15
