"""The end of a log-in is told ten minutes before, and can be put off (WCAG 2.2.1)."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
JUST_BEFORE, JUST_AFTER = 19 * 60, 2 * 60
"""Seconds after a request: the notice comes after 20 minutes."""


def test_the_notice_comes_once_and_a_press_puts_the_end_off(ann: Page):
    ann.clock.install()
    ann.goto("/account/profile")
    notice = ann.locator("#time-limit button")
    ann.clock.run_for(JUST_BEFORE * 1000)
    expect(notice).to_have_count(0)
    ann.clock.run_for(JUST_AFTER * 1000)
    expect(notice).to_have_count(1)

    notice.click()

    expect(notice).to_have_count(0)
    ann.clock.run_for(JUST_BEFORE * 1000)
    expect(notice).to_have_count(0)
