"""Where the mail stands, while one waits for it (C1)."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONGEST_WAIT = 60_000
"""Milliseconds: a worker that met no answer for a while tries again, and the page looks again the more seldom."""


@pytest.mark.req("R20", "R23")
def test_the_page_follows_its_mail_without_being_loaded_again(page: Page, running: Installation):
    (mail_server,) = running.processes("demo.mail_sink")
    mail_server.suspend()
    try:
        page.goto("/account/create")
        for field, typed in (("first_name", "Ann"), ("last_name", "Peeters")):
            page.fill(f"#{field}", typed)
        for field in ("email", "confirm_email"):
            page.fill(f"#{field}", "follows@people.example")
        page.check("#accept_privacy")
        page.click("#create > button[type=submit]")
        expect(page.locator("#mail-state")).to_contain_text("On its way")
        page.evaluate("() => { window.isTheSame = true; }")
    finally:
        mail_server.resume()

    expect(page.locator("#mail-state")).to_contain_text("Taken by the mail server", timeout=LONGEST_WAIT)
    expect(page.locator("#mail-state")).to_contain_text("in 90 minutes")
    assert page.evaluate("() => window.isTheSame")
