from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from shared.db import Database
from shared.domain.links import LinkPurpose
from shared.models import Account
from shared.settings import Settings
from shared.tokens import make_token
from tests.gateway.browser import Browser, Program, one, without_nonces
from tests.gateway.conftest import make_link
from tests.gateway.test_password_links import FIELDS, NEW, open_link


@pytest.mark.req("R22", "S6")
@pytest.mark.parametrize("what", ["another purpose", "flipped", "of no row", "short", "long", "nothing like it"])
def test_an_unknown_token_and_one_of_another_purpose_have_one_page(
    *,
    browser: Browser,
    program: Program,
    person: Account,
    database: Database,
    settings: Settings,
    mailed_link: Callable[..., str],
    what: str,
) -> None:
    good = mailed_link(person)
    token = {
        "another purpose": mailed_link(person, purpose=LinkPurpose.DECIDE),
        "flipped": ("B" if good[0] == "A" else "A") + good[1:],
        "of no row": make_token(
            settings.keyring, purpose="password", link_id=uuid4(), key_number=settings.keyring.newest
        ),
        "short": good[:-1],
        "long": good + "A",
        "nothing like it": "ü%20x",
    }[what]
    assert token is not None
    answer = browser.get(f"/password/{token}")
    if answer.status_code == 303:  # signed by us: only the database knows that it is gone
        answer = browser.follow(answer)

    assert answer.status_code == 404
    assert one(answer, "h1").get_text() == "We do not know this link"
    assert one(answer, 'main a[href="/account/password-link"]').get_text() == "Ask for a new link"
    by_api = program.post("/passwords", {"token": token, "password": NEW})
    assert (by_api.status_code, by_api.json["code"]) == (404, "link_unknown")  # type: ignore[index]


@pytest.mark.req("S6")
def test_the_pages_of_an_unknown_token_and_of_another_purpose_are_byte_equal(
    browser: Browser, another_browser: Browser, person: Account, mailed_link: Callable[..., str]
) -> None:
    tokens = mailed_link(person, purpose=LinkPurpose.DECIDE), "A" * 44

    pages = [who.get(f"/password/{token}") for who, token in zip((browser, another_browser), tokens, strict=True)]

    other, unknown = (without_nonces(answer, token) for answer, token in zip(pages, tokens, strict=True))
    assert other == unknown


@pytest.mark.req("R22", "S12")
@pytest.mark.usefixtures("limits_on")
def test_somebody_who_guesses_tokens_is_stopped_and_a_real_link_from_the_same_machine_is_not(
    browser: Browser, program: Program, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    guesses = [browser.get(f"/password/{'A' * 43}{last}").status_code for last in "BCDEFGHIJK"]
    guesses += [
        program.post("/passwords", {"token": f"{'A' * 43}{last}", "password": NEW}).status_code
        for last in "LMNOPQRSTUV"
    ]

    assert guesses == [404] * 20 + [429]
    assert browser.send(open_link(browser, mailed_link(newcomer)), FIELDS).status_code == 303


@pytest.mark.req("S46")
def test_a_link_signed_by_an_older_key_works_as_long_as_the_key_is_kept(
    environment: pytest.MonkeyPatch, database: Database, settings: Settings, newcomer: Account, program_with_keys: Any
) -> None:
    old = "a-key-for-tests-that-is-long-enough-0001"
    new = "another-key-for-tests-that-is-long-enough"
    link = make_link(database, settings, newcomer)
    token = make_token(settings.keyring, purpose="password", link_id=link.id, key_number=link.key_number)

    assert program_with_keys(new).post("/passwords", {"token": token, "password": NEW}).status_code == 404
    assert program_with_keys(f"{new},{old}").post("/passwords", {"token": token, "password": NEW}).status_code == 204
