"""A real Chromium against the real processes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.api import PASSWORD, Client
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in

EMAIL = "ann@alpro.example"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(Path(tmp_path_factory.mktemp("browser"))) as one:
        client = Client(one.web)
        client.sign_up(EMAIL)
        client.set_password(link_in(one.wait_for_mail(EMAIL, template="password")).rpartition("/")[2])
        client.leave()
        yield one


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # As root there is no sandbox to drop into; the pages are ours.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*flags, "--disable-gpu"])
        yield browser
        browser.close()


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
