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


@pytest.mark.req("R33")
def test_the_button_calls_off_the_search_that_is_on_its_way(ann: Page):
    ann.goto("/production/operators")
    ann.route("**/production/operators?*", lambda _: None)  # no answer, to neither
    with ann.expect_request(re.compile("name=alpro")):
        ann.locator("#name").press_sequentially("alpro")

    with ann.expect_event("requestfailed", lambda request: request.resource_type == "fetch"):
        ann.keyboard.press("Enter")


@pytest.mark.req("R35")
def test_what_is_ticked_stays_while_another_name_is_typed_even_one_that_nobody_has(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    ann.locator("#name").fill("")
    ann.locator("#name").press_sequentially("zzzz")

    expect(ann.locator(".carried")).to_contain_text("ALPRO Comm.V.A.")
    expect(ann.locator(".bar .count")).to_contain_text("1")


@pytest.mark.req("R35")
def test_the_bar_names_what_is_ticked_and_each_name_takes_its_tick_off(ann: Page):
    ann.goto("/production/authorities?role=BCP")
    rows = ann.locator("#ticks tbody input[type=checkbox]")
    for number in range(6):
        rows.nth(number).check()
    expect(ann.locator(".chips li")).to_have_count(6)
    expect(ann.locator(".chips li").last).to_have_text("and 1 more")
    ann.get_by_role("button", name=re.compile("^Take ")).first.press("Enter")

    expect(rows.first).not_to_be_checked()
    expect(ann.locator(".bar .count")).to_have_text("Selected: 5")
    expect(ann.locator(".chip").first).to_be_focused()


@pytest.mark.req("R54")
def test_all_that_is_ticked_can_be_taken_off_at_once(ann: Page):
    ann.goto("/production/control-bodies?name=control+union&country=NL")
    ann.locator("input[name=all_of]").first.check()
    ann.get_by_role("button", name="Clear selection").click()

    expect(ann.locator("#ticks input:checked")).to_have_count(0)
    expect(ann.locator(".bar .count")).to_contain_text("Tick one country")
    expect(ann.locator(".bar .count")).to_be_focused()
    expect(ann.locator(".chips")).to_be_hidden()
    expect(ann.locator(".clear")).to_be_hidden()


@pytest.mark.req("R54")
def test_the_bar_names_the_country_that_is_taken_off_a_whole(ann: Page):
    ann.goto("/production/control-bodies?name=control+union&country=NL")
    box = ann.locator("input[name=all_of]").first
    box.check()
    number = int(box.get_attribute("data-number") or 0)
    country = ann.locator("#ticks tbody input[data-body]").nth(1)
    country.uncheck()

    expect(ann.locator(".bar .count")).to_have_text(f"Selected: {number - 1}")
    expect(ann.locator(".left-out")).to_have_text(f"Not selected: {country.get_attribute('data-name')}")


@pytest.mark.req("R57", "R60")
def test_the_window_opens_over_the_list_and_closing_it_sends_nothing(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    ann.locator(".bar [type=submit]").click()
    window = ann.locator("dialog")
    expect(window.locator("h1")).to_be_focused()
    expect(window).to_contain_text("Confirm authorisation request for ALPRO Comm.V.A.")
    ann.keyboard.press("Escape")

    expect(window).to_have_count(0)
    expect(ann.locator(".bar [type=submit]")).to_be_focused()
    ann.goto("/production/profile")
    expect(ann.locator("main")).not_to_contain_text("ALPRO")


def test_a_press_without_a_tick_says_what_is_missing(ann: Page):
    ann.goto("/production/operators?name=alpro")
    ann.locator(".bar [type=submit]").click()

    expect(ann.locator(".bar .error")).to_be_visible()
    ann.locator("tr", has_text="BE-ORG-OP-5").locator("input[type=checkbox]").check()
    expect(ann.locator(".bar .error")).to_have_count(0)
