"""The pages that everybody sees first, in each of the 24 languages."""

import pytest
from playwright.sync_api import Browser

from shared.i18n import LANGUAGES
from tests.browser.conftest import PICTURES
from tests.browser.looks import DESK, Looks
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = {
    "home": "/",
    "welcome-training": "/training",
    "create": "/account/create",
    "log-in": "/account/log-in",
    "ask": "/account/password-link",
}


@pytest.mark.req("R16")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_pages_have_no_barrier_and_fit_a_phone(running: Installation, chromium: Browser, language: str):
    looks = Looks(PICTURES, f"{language}-")
    context = chromium.new_context(base_url=running.web, locale=language, viewport=DESK)
    page = context.new_page()

    for name, address in PAGES.items():
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        looks.at(page, name, pictures=language in {"en", "bg", "el"})

    context.close()
    assert not looks.found, "\n".join(looks.found)
