from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.services.authorities_search import search_authorities
from shared.services.control_bodies_search import search_control_bodies
from shared.services.operators_search import search_operators
from shared.services.search_pages import Page
from shared.settings import Settings
from tests.builders_reference import an_operator, the_demo

PRODUCTION = Environment.PRODUCTION
TRAINING = Environment.TRAINING
SEARCHES: list[Callable[..., Page]] = [search_operators, search_authorities, search_control_bodies]


@pytest.mark.parametrize("search", SEARCHES)
def test_pages_follow_one_another_without_gap_or_repetition(
    session: Session, settings: Settings, search: Callable[..., Page]
) -> None:
    the_demo(session, settings)
    whole = [item.post_id for item in search(session, environment=PRODUCTION, limit=200).items]

    found, cursor = [], None
    while len(found) < len(whole):
        page = search(session, environment=PRODUCTION, limit=3, cursor=cursor)
        assert len(page.items) <= 3
        found += [item.post_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found[: len(whole)] == whole


def test_pages_do_not_stumble_over_equal_names(session: Session) -> None:
    for _ in range(5):
        an_operator(session, "The same")
    seen, cursor = [], None
    for _ in range(5):
        page = search_operators(session, environment=PRODUCTION, limit=1, cursor=cursor)
        seen += [item.post_id for item in page.items]
        cursor = page.next_cursor

    assert len(set(seen)) == 5
    assert cursor is None


def test_a_row_that_comes_in_between_moves_no_page(session: Session) -> None:
    for name in ("b", "d", "f"):
        an_operator(session, name)
    first = search_operators(session, environment=PRODUCTION, limit=2)
    an_operator(session, "a")

    rest = search_operators(session, environment=PRODUCTION, cursor=first.next_cursor)
    assert [item.name for item in rest.items] == ["f"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "W10",  # []
        "WyJhIl0",  # ["a"]
        "WyJhIiwgImIiXQ",  # ["a", "b"]: no id
        "WzEsIDJd",  # [1, 2]
        "eyJhIjogMX0",  # {"a": 1}
        "WyJcdTAwMDAiLCAiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiXQ",  # a NUL
        "WyJcdWQ4MDAiLCAiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiXQ",  # half a character
        "W1tb" * 900,
        "A" * 10_000,
        "é",
    ],
)
@pytest.mark.parametrize("search", SEARCHES)
def test_a_cursor_that_was_not_given_out_is_an_error_of_its_field(
    session: Session, search: Callable[..., Page], cursor: str
) -> None:
    with pytest.raises(FieldErrors) as caught:
        search(session, environment=PRODUCTION, cursor=cursor)

    assert list(caught.value.errors) == ["cursor"]


@pytest.mark.parametrize(
    ("search", "filters", "field"),
    [
        (search_operators, {"country": "Atlantis"}, "country"),
        (search_operators, {"section": "Magic"}, "section"),
        (search_operators, {"activity": "Magic"}, "activity"),
        (search_operators, {"name": "x" * 101}, "name"),
        (search_operators, {"name": "a\x00b"}, "name"),
        (search_operators, {"limit": 0}, "limit"),
        (search_operators, {"limit": 201}, "limit"),
        (search_authorities, {"role": "KING"}, "role"),
        (search_authorities, {"country": "\x00"}, "country"),
        (search_control_bodies, {"code": "a\x00b"}, "code"),
        (search_control_bodies, {"code": "x" * 101}, "code"),
    ],
)
def test_a_filter_that_cannot_be_is_an_error_of_its_field(
    session: Session, search: Callable[..., Page], filters: dict[str, str | int], field: str
) -> None:
    with pytest.raises(FieldErrors) as caught:
        search(session, environment=PRODUCTION, **filters)

    assert list(caught.value.errors) == [field]
