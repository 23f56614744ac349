"""Search as you type, and the window in which a request is confirmed."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.req("R33")
def test_the_list_follows_what_is_typed(ann: Page):
    ann.goto("/production/operators")
    ann.locator("#name").press_sequentially("alpro")

    expect(ann.locator("#results")).to_contain_text("BE-ORG-OP-5")
    expect(ann.locator("#found-told")).to_contain_text("result")
    expect(ann).to_have_url(re.compile("name=alpro"))
    expect(ann.locator("#name")).to_be_focused()


@pytest.mark.req("R36")
def test_what_is_ticked_stays_while_another_name_is_typed_even_one_that_nobody_has(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    ann.locator("#name").fill("")
    ann.locator("#name").press_sequentially("zzzz")

    expect(ann.locator(".carried")).to_contain_text("ALPRO Comm.V.A.")
    expect(ann.locator(".bar .count")).to_contain_text("1")


@pytest.mark.req("R57", "R60")
def test_the_window_opens_over_the_list_and_closing_it_sends_nothing(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    ann.locator(".bar button").click()
    window = ann.locator("dialog")
    expect(window.locator("h1")).to_be_focused()
    expect(window).to_contain_text("Confirm authorisation request for ALPRO Comm.V.A.")
    ann.keyboard.press("Escape")

    expect(window).to_have_count(0)
    expect(ann.locator(".bar button")).to_be_focused()
    ann.goto("/production/profile")
    expect(ann.locator("main")).not_to_contain_text("ALPRO")


def test_a_press_without_a_tick_says_what_is_missing(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator(".bar button").click()

    expect(ann.locator(".bar .error")).to_be_visible()
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    expect(ann.locator(".bar .error")).to_have_count(0)
