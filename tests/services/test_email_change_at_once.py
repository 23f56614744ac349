"""Many at the same moment, on real transactions: two mailboxes, two people, an address and a password."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from shared.db import Database
from shared.domain.email_changes import Side
from shared.domain.errors import (
    AddressTaken,
    DomainError,
    LinkSuperseded,
    LinkUsed,
)
from shared.domain.links import LinkPurpose
from shared.models import Account, EmailChange, Link
from shared.services.email_change_confirm import confirm_change
from shared.services.passwords import NewPassword, set_password
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_decisions import events
from tests.builders_email_changes import NEW, an_email_change, token_to
from tests.builders_links import a_link, token_of
from tests.conftest import NOW


def at_once(database: Database, settings: Settings, tokens: list[str]) -> list[Any]:
    """Press all the buttons at the same moment: what each came to."""
    start = threading.Barrier(len(tokens))

    def press(token: str) -> Any:
        start.wait()
        try:
            with database.transaction() as session:
                return confirm_change(session, token, settings=settings, now=NOW).missing
        except DomainError as error:
            return type(error)

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(press, tokens))


def asked(database: Database, settings: Settings, email: str) -> dict[Side, str]:
    with database.transaction() as session:
        change = an_email_change(session, an_account(session, email=email), settings=settings)
        return {side: token_to(session, change, side, settings) for side in Side}


@pytest.mark.req("S3")
def test_of_two_confirmations_at_once_one_makes_the_change(database: Database, settings: Settings) -> None:
    for number in range(5):
        with database.transaction() as session:
            account = an_account(session, email=f"ann{number}@alpro.example")
            change = an_email_change(session, account, settings=settings, address=f"ann{number}@new.example")
            tokens = [token_to(session, change, side, settings) for side in Side]

        results = at_once(database, settings, [*tokens, *tokens])

        # Whoever comes after the change finds a link that was used; nothing else goes wrong.
        assert results.count(()) == 1
        assert all(one in {(), (Side.OLD,), (Side.NEW,), LinkUsed} for one in results)
        with database.reading() as session:
            assert session.get_one(Account, account.id).email == f"ann{number}@new.example"
            assert len(events(session, "account.email_changed")) == number + 1
            assert len(events(session, "account.email_change_confirmed")) == 2 * (number + 1)


@pytest.mark.req("S40")
def test_of_two_accounts_that_take_one_address_at_once_one_gets_it(database: Database, settings: Settings) -> None:
    people = [asked(database, settings, email) for email in ("ann@alpro.example", "bob@alpro.example")]
    at_once(database, settings, [tokens[Side.OLD] for tokens in people])

    results = at_once(database, settings, [tokens[Side.NEW] for tokens in people])

    assert sorted(results, key=str) == sorted([(), AddressTaken], key=str)
    with database.reading() as session:
        emails = sorted(session.scalars(select(Account.email)))
        assert len(emails) == 2
        assert NEW in emails
        # The other one can go on: nothing of the refused press was kept.
        assert len(session.scalars(select(EmailChange)).all()) == 1
        unused = Link.purpose == LinkPurpose.EMAIL_CHANGE, Link.used_at.is_(None)
        assert len(session.scalars(select(Link).where(*unused)).all()) == 1


@pytest.mark.req("S3", "S5")
def test_a_password_set_and_an_address_confirmed_at_once_do_not_block_each_other(
    database: Database, settings: Settings
) -> None:
    for number in range(5):
        with database.transaction() as session:
            account = an_account(session, email=f"ann{number}@alpro.example")
            change = an_email_change(session, account, settings=settings, address=f"ann{number}@new.example")
            tokens = {side: token_to(session, change, side, settings) for side in Side}
            password = token_of(a_link(session, account, settings=settings), settings)
            confirm_change(session, tokens[Side.OLD], settings=settings, now=NOW)
        start = threading.Barrier(2)

        def change_it(token: str = tokens[Side.NEW], start: threading.Barrier = start) -> None:
            start.wait()
            with database.transaction() as session:
                confirm_change(session, token, settings=settings, now=NOW)

        def set_it(token: str = password, start: threading.Barrier = start) -> None:
            start.wait()
            with database.transaction() as session:
                set_password(session, token, NewPassword(password_hash="$new"), settings=settings, now=NOW)

        with ThreadPoolExecutor(2) as pool:
            errors = [one.exception() for one in [pool.submit(change_it), pool.submit(set_it)]]

        # Each kills the other's link: whoever is first wins, and nobody deadlocks.
        assert sorted(type(one) for one in errors if one) == [LinkSuperseded]
