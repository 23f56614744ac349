from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from gateway import passwords
from gateway.application import Gateway
from shared.db import Database
from shared.models import Account, Email
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
@pytest.mark.usefixtures("still_time")
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
    app: Gateway, rows: Callable[[type[Any]], Sequence[Any]], act: Callable[[Any, str], Any]
) -> None:
    app.settings = replace(app.settings, rate_limits=True)
    before = without_nonces(act(Browser(app), KNOWN), KNOWN)
    for _ in range(6):
        act(Program(app, machine="203.0.113.5"), KNOWN)

    assert without_nonces(act(Browser(app), KNOWN), KNOWN) == before
    assert "held" in {email.state for email in rows(Email)}


class CountingExecutor(ThreadPoolExecutor):
    """Counts the hashes asked of it."""

    count = 0

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.count += 1
        return super().submit(*args, **kwargs)


@pytest.fixture
def statements(app: Gateway) -> list[str]:
    """What the driver is told from now on, as far as the first line."""
    seen: list[str] = []

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            seen.append(str(query).partition("\n")[0])
            return super().execute(query, *args, **more)

    def listen(connection: Any, _record: object) -> None:
        connection.cursor_factory = Listening

    if app.database.is_sqlite:
        event.listen(app.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    else:
        event.listen(app.database.engine, "connect", listen)
    event.listen(app.database.engine, "commit", lambda _: seen.append("COMMIT"))
    log_in(Program(app), UNKNOWN)  # a new connection has beginnings of its own
    return seen


@pytest.fixture
def work(
    statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[], Any]], tuple[list[str], int]]]:
    """The statements and the number of hashes that an act causes."""
    passwords.matches(None, "")  # the hash that nobody's password is compared with is made once
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

    assert statements.count("COMMIT") == 1, "one commit to disk, whoever asks"
    assert hashes == 0
    assert len(statements) <= 15


@pytest.mark.services
@pytest.mark.req("S8")
@pytest.mark.parametrize("limits", ["limits_off", "limits_on"])
@pytest.mark.parametrize("act", [sign_up, ask])
def test_every_address_causes_as_many_round_trips(
    app: Gateway,
    work: Callable[[Callable[[], Any]], tuple[list[str], int]],
    limits: str,
    act: Callable[[Any, str], Any],
) -> None:
    app.settings = replace(app.settings, rate_limits=limits == "limits_on")
    program = Program(app)

    statements = {email: work(lambda email=email: act(program, email))[0] for email in [*ADDRESSES, UNKNOWN]}

    assert len({len(told) for told in statements.values()}) == 1, statements
    assert 1 <= len(statements[UNKNOWN]) <= 9
