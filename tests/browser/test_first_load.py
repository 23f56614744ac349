"""What a first visit brings along, on every page that is open to everybody and some that are not."""

import pytest
from playwright.sync_api import Browser, Request

from tests.browser.conftest import EMAIL
from tests.browser.test_other_pages import OWN, PUBLIC
from tests.e2e.api import PASSWORD
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST = 150_000
"""Bytes with headers, nothing kept from before and nothing compressed."""
FIRST = ["/", "/production", "/training", "/account/create", "/account/log-in", *PUBLIC.values()]


@pytest.mark.parametrize("address", FIRST)
def test_a_first_visit_is_small_and_asks_no_other_site(running: Installation, chromium: Browser, address: str):
    with chromium.new_context(base_url=running.web, locale="el") as context:
        page = context.new_page()
        asked: list[Request] = []
        page.on("requestfinished", lambda one: asked.append(one))  # noqa: PLW0108 - it wants to hang a mark on it

        page.goto(address, wait_until="networkidle")

        assert [one.url for one in asked if not one.url.startswith((f"{running.web}/", "data:"))] == []
        assert 0 < sum(map(_bytes, asked)) < MOST


def test_no_page_of_an_account_asks_another_site(running: Installation, chromium: Browser):
    with chromium.new_context(base_url=running.web) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.goto("/account/log-in")
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/")

        for own in OWN.values():
            page.goto(own, wait_until="networkidle")

        assert len(asked) > len(OWN)
        assert [one for one in asked if not one.startswith((f"{running.web}/", "data:"))] == []


def _bytes(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]
