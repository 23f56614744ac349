"""Nobody has to remember or to type a password (WCAG 2.2, 3.3.8): its fields say what they are, and whose."""

from collections.abc import Callable

import pytest
from bs4 import Tag
from werkzeug.test import TestResponse

from shared.models import Account
from tests.gateway.browser import Browser, page
from tests.gateway.test_password_links import open_link


def kinds(served: TestResponse) -> list[tuple[str, str]]:
    """The fields around passwords in their order, with what they hold; what has no place on the page is none."""
    return [(str(box["autocomplete"]), str(box.get("value", ""))) for box in boxes(served) if box["type"] != "hidden"]


def boxes(served: TestResponse) -> list[Tag]:
    return page(served).select("[autocomplete=username], [autocomplete$=-password]")


@pytest.mark.req("R26")
def test_the_log_in_form_asks_for_the_name_and_the_password_that_were_kept(browser: Browser) -> None:
    assert kinds(browser.get("/account/log-in")) == [("username", ""), ("current-password", "")]


@pytest.mark.req("R24")
def test_a_first_password_is_kept_under_the_address_one_logs_in_with(
    browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    served = browser.get(open_link(browser, mailed_link(newcomer)))

    assert kinds(served) == [("username", newcomer.email), ("new-password", ""), ("new-password", "")]


@pytest.mark.req("S20")
def test_a_changed_password_replaces_the_one_that_was_kept(logged_in: Browser, person: Account) -> None:
    served = logged_in.get("/account/password")

    assert kinds(served) == [
        ("username", person.email),
        ("current-password", ""),
        ("new-password", ""),
        ("new-password", ""),
    ]


@pytest.mark.req("S20")
def test_the_address_for_password_managers_is_neither_shown_nor_sent(logged_in: Browser) -> None:
    name = boxes(logged_in.get("/account/password"))[0]

    assert name.has_attr("hidden")
    assert not name.has_attr("name")
