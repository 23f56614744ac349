"""A real Chromium against the real processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import DESK, Looks
from tests.browser.visitor import Visitor
from tests.e2e.api import PASSWORD, joined
from tests.e2e.installation import Installation, installation

EMAIL = "ann@alpro.example"
PICTURES = Path(__file__).parent / "pictures"
LOCALES = {"en": "en-GB", "fr": "fr-FR", "de": "de-DE"}


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(Path(tmp_path_factory.mktemp("browser"))) as one:
        joined(one, EMAIL).leave()
        yield one


@pytest.fixture
def page(chromium: Browser, running: Installation) -> Iterator[Page]:
    context = chromium.new_context(base_url=running.web)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [line for line in complaints if "status of 4" not in line] == [], "the browser complained (scripts, CSP)"


@pytest.fixture
def ann(page: Page) -> Page:
    """Logged in, at the home page."""
    page.goto("/account/log-in")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/")
    return page


@pytest.fixture
def new_visitor(chromium: Browser, running: Installation) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with a browser of their own."""
    contexts = []

    def make(looks: Looks | None = None, *, language: str = "en", scripts: bool = True) -> Visitor:
        context = chromium.new_context(
            base_url=running.web, java_script_enabled=scripts, locale=LOCALES[language], viewport=DESK
        )
        contexts.append(context)
        return Visitor(context.new_page(), looks, scripts=scripts, language=language)

    yield make
    for context in contexts:
        context.close()
