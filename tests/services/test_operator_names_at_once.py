"""Searches, changes and the giving of ranks at the same moment."""

from typing import Any

import pytest
from sqlalchemy import update

from shared.db import Database
from shared.domain.environments import Environment
from shared.models import Organisation
from shared.services import operator_names_rank
from shared.services.operator_names_rank import rank_all
from shared.services.operators_search import search_operators
from tests.builders_reference import an_operator
from tests.conftest import ON_SERVICES

PRODUCTION = Environment.PRODUCTION


def all_names(database: Database, word: str) -> list[str]:
    with database.reading() as session:
        return [item.name for item in search_operators(session, environment=PRODUCTION, name=word).items]


@pytest.mark.req("R33")
def test_a_search_ends_in_the_ranks_in_which_it_began(database: Database) -> None:
    with database.transaction() as session:
        for name in ("beta seeds", "gamma seeds", "delta seeds"):
            an_operator(session, name)
        rank_all(session)

    with database.reading() as reader:
        first = search_operators(reader, environment=PRODUCTION, name="seeds", limit=1)
        with database.transaction() as session:
            an_operator(session, "alpha seeds")
            rank_all(session)
        rest = search_operators(reader, environment=PRODUCTION, name="seeds", cursor=first.next_cursor)

    assert [item.name for item in (*first.items, *rest.items)] == ["beta seeds", "delta seeds", "gamma seeds"]
    assert all_names(database, "seeds") == ["alpha seeds", "beta seeds", "delta seeds", "gamma seeds"]


@pytest.mark.req("R33")
@pytest.mark.skipif(not ON_SERVICES, reason="SQLite has one writer at a time")
def test_who_changes_while_ranks_are_given_is_found_afterwards(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        operator = an_operator(session, "alpha seeds")
    store = operator_names_rank._store

    def rename_and_store(*arguments: Any) -> None:
        with database.transaction() as meanwhile:
            renamed = update(Organisation).where(Organisation.id == operator.id)
            meanwhile.execute(renamed.values(name="omega grains", search_name="omega grains"))
        store(*arguments)

    monkeypatch.setattr(operator_names_rank, "_store", rename_and_store)
    with database.transaction() as session:
        rank_all(session)

    assert all_names(database, "grains") == ["omega grains"]
    assert all_names(database, "seeds") == []
