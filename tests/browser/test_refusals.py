"""The pages nobody wants to see, which must be as good as the others: dead links, limits, an absence."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.conftest import LOCALES, PICTURES
from tests.browser.looks import Looks
from tests.browser.visitor import Visitor
from tests.e2e.api import PASSWORD, Client, joined
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OVER_THE_LIMIT = 11
"""Wrong passwords for one address from one machine (S13)."""
MOMENTS = 50


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """In the place of the one that the other tests share: with limits, and a clock that is moved."""
    with installation(Path(tmp_path_factory.mktemp("refusals")), RATE_LIMITS="on") as one:
        yield one


@pytest.fixture
def client(running: Installation) -> Iterator[Client]:
    client = Client(running.web)
    yield client
    client.leave()


@pytest.mark.req("R22", "R23", "S13")
@pytest.mark.parametrize("language", LOCALES)
def test_a_refusal_says_what_to_do_has_no_barrier_and_fits_a_phone(
    running: Installation, client: Client, new_visitor: Callable[..., Visitor], language: str
) -> None:
    looks = Looks(PICTURES, f"{language}-refusal-")
    visitor = new_visitor(looks, language=language)
    email = f"late.{language}@people.example"

    def newest_link(number: int) -> str:
        return link_in(running.wait_for_mail(email, template="password", after=number))

    client.sign_up(email)
    expired = newest_link(0)
    running.command("clock", "advance", "91m")
    visitor.open_mailed(expired)
    visitor.look("link-expired")
    visitor.press("form[method=post]")
    visitor.look("link-again")

    superseded = newest_link(1)
    client.http.post("/password-links", json={"email": email})
    used = newest_link(2)
    for _ in range(MOMENTS):  # the old link works until it is on record that the new mail was handed over
        visitor.open_mailed(superseded)
        if not visitor.page.locator("#set-password").count():
            break
    assert not visitor.page.locator("#set-password").count()
    visitor.look("link-superseded")
    client.set_password(used.rpartition("/")[2])
    visitor.open_mailed(used)
    visitor.look("link-used")

    refused = any(client.log_in(email, "not the password").status_code == 429 for _ in range(2 * OVER_THE_LIMIT))
    assert refused, "a window that ends meanwhile begins to count anew, once"
    visitor.open("/account/log-in")
    visitor.fill(email=email, password="not the password")
    visitor.press("#log-in")
    visitor.look("too-many")

    visitor.open("/account/log-in")
    visitor.page.locator("main [name=email]").evaluate("field => field.value = 'x'.repeat(100000)")
    visitor.press("#log-in")
    visitor.look("too-large")

    assert not looks.found, "\n".join(looks.found)


@pytest.mark.req("S44")
def test_an_absence_says_that_nothing_was_stored_and_to_try_again(
    running: Installation, new_visitor: Callable[..., Visitor]
) -> None:
    looks = Looks(PICTURES, "en-refusal-")
    visitor = new_visitor(looks)
    visitor.open("/account/log-in")
    visitor.fill(email="nobody@people.example", password="not the password")

    with closing(sqlite3.connect(running.var_dir / "gatehouse.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        visitor.press("#log-in")
        visitor.look("unavailable")

    assert visitor.reads("Nothing was stored. Please try again in a few seconds.")
    assert not looks.found, "\n".join(looks.found)


@pytest.mark.req("S44")
def test_a_fault_of_ours_says_so_and_gives_a_number_to_tell(
    running: Installation, new_visitor: Callable[..., Visitor]
) -> None:
    looks = Looks(PICTURES, "en-refusal-")
    visitor = new_visitor(looks)
    joined(running, "unlucky@people.example").leave()
    visitor.open("/account/log-in")
    visitor.fill(email="unlucky@people.example", password=PASSWORD)
    visitor.press("#log-in")

    with closing(sqlite3.connect(running.var_dir / "gatehouse.sqlite3", isolation_level=None)) as other:
        other.execute("UPDATE accounts SET notifications = '{' WHERE email = 'unlucky@people.example'")
    visitor.open("/account/profile")
    visitor.look("unexpected")

    assert visitor.reads("Something went wrong on our side")
    assert visitor.reads("tell the helpdesk the number below")
    assert not looks.found, "\n".join(looks.found)
