"""Whoever waits in front of the screen must not wait for the relay to look by itself."""

from collections.abc import Iterator
from select import select as ready
from socket import socket

import pytest

from shared import wake
from shared.db import Database
from shared.services.passwords import ask_for_link
from shared.services.sign_up import SignUp, sign_up
from shared.settings import Settings
from tests.builders import an_account
from tests.conftest import NOW

FORM = SignUp(first_name="Ann", last_name="Peeters", email="ann@alpro.example", email_language="en", ui_language="en")


@pytest.fixture
def bell(settings: Settings) -> Iterator[socket]:
    """What the relay of this host listens on."""
    with wake.listen(settings.relay_socket) as listening:
        yield listening


def rings(bell: socket) -> bool:
    return bool(ready([bell], [], [], 2)[0])


def test_a_sign_up_wakes_the_relay(bell: socket, database: Database, settings: Settings):
    with database.transaction() as session:
        sign_up(session, FORM, settings=settings, now=NOW)

    assert rings(bell)


@pytest.mark.req("R5")
@pytest.mark.parametrize("password_hash", [None, "$argon2id$"])
def test_so_does_a_sign_up_for_an_address_that_is_there(
    bell: socket, database: Database, settings: Settings, password_hash: str | None
):
    with database.transaction() as session:
        an_account(session, email=FORM.email, password_hash=password_hash)
    with database.transaction() as session:
        sign_up(session, FORM, settings=settings, now=NOW)

    assert rings(bell)


@pytest.mark.req("S8")
@pytest.mark.parametrize("email", [FORM.email, "nobody@alpro.example"])
def test_so_does_a_forgotten_password_of_somebody_and_of_nobody(
    bell: socket, database: Database, settings: Settings, email: str
):
    with database.transaction() as session:
        an_account(session, email=FORM.email)
    with database.transaction() as session:
        ask_for_link(session, email, settings=settings, now=NOW)

    assert rings(bell)
