"""Where the focus stands, and that nothing covers it (WCAG 2.4.3, 2.4.11)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keys import HOW_IT_STANDS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST = "/training/control-bodies?name=a"
FOUR_TIMES = {"width": 320, "height": 256}
"""A desk of 1280 by 1024 points, enlarged to 400 % (WCAG 1.4.10)."""
AT_A_DESK = {"width": 1280, "height": 900}
UNTIL_THE_NOTICE = 21 * 60 * 1000


def covered_stops(page: Page, key: str, presses: int) -> list[str]:
    wrong = []
    for _ in range(presses):
        page.keyboard.press(key)
        if found := page.evaluate(HOW_IT_STANDS):
            wrong.append(found)
    return wrong


@pytest.mark.parametrize("size", [FOUR_TIMES, AT_A_DESK], ids=["400 %", "at a desk"])
def test_neither_the_notice_nor_the_bar_covers_what_has_the_focus(ann: Page, size):
    ann.set_viewport_size(size)
    ann.clock.install()
    ann.goto(LIST)
    ann.clock.run_for(UNTIL_THE_NOTICE)
    expect(ann.locator("#time-limit button")).to_have_count(1)
    ann.locator("#ticks tbody input[type=checkbox]").first.focus()

    assert covered_stops(ann, "Tab", 15) == []
    assert covered_stops(ann, "Shift+Tab", 15) == []


@pytest.mark.parametrize("language", ["pl", "ga"])
def test_at_four_times_the_size_the_bar_with_an_error_covers_nothing(ann: Page, language: str):
    ann.set_viewport_size(FOUR_TIMES)
    ann.goto(LIST)
    ann.locator("details.languages summary").click()
    ann.locator(f"button[name=change_language][value={language}]").click()
    ann.locator(".bar .presses button[type=submit]").click()
    expect(ann.locator(".bar .error")).to_be_visible()
    ann.locator("#ticks tbody input[type=checkbox]").nth(8).focus()

    assert covered_stops(ann, "Shift+Tab", 8) == []


def test_the_list_of_languages_closes_when_one_leaves_it(ann: Page):
    ann.goto("/production/operators")
    ann.locator("details.languages summary").press("Enter")
    ann.locator("details.languages button").last.focus()

    ann.keyboard.press("Tab")

    expect(ann.locator("details.languages")).not_to_have_attribute("open", "")
    assert ann.evaluate(HOW_IT_STANDS) is None


def test_escape_closes_the_list_of_languages_and_goes_back_to_its_name(ann: Page):
    ann.goto("/")
    ann.locator("details.languages summary").press("Enter")
    ann.locator("details.languages button").first.focus()

    ann.keyboard.press("Escape")

    expect(ann.locator("details.languages")).not_to_have_attribute("open", "")
    expect(ann.locator("details.languages summary")).to_be_focused()


def test_the_first_error_has_the_focus_and_leads_to_its_field(page: Page):
    page.goto("/account/create")
    page.locator("main form button[type=submit]").last.click()

    expect(page.locator(".summary a").first).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#first_name")).to_be_focused()


@pytest.mark.req("R35")
def test_going_back_to_a_list_the_bar_counts_what_is_ticked(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator("#ticks tbody input[type=checkbox]").first.check()
    ann.locator("footer a").first.click()
    ann.wait_for_url("**/account/help")

    ann.go_back()

    expect(ann.locator("#ticks tbody input[type=checkbox]").first).to_be_checked()
    expect(ann.locator(".bar .count")).to_contain_text("1")


@pytest.mark.req("R33")
def test_an_emptied_search_leaves_no_old_list(ann: Page):
    ann.goto("/production/operators?name=alpro")

    ann.locator("#name").fill("")

    expect(ann.locator("#results tbody")).to_have_count(0)


@pytest.mark.req("R33")
def test_what_cannot_be_searched_for_is_said_and_leaves_no_old_list(ann: Page):
    ann.goto("/production/operators?name=alpro")

    ann.locator("#name").fill("zz\u202ez")

    expect(ann.locator("#results tbody")).to_have_count(0)
    expect(ann.locator("#found-told")).not_to_be_empty()
