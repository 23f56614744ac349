"""What only a browser shows: keys, scripts, the content security policy."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_enter_sends_the_form_and_does_not_change_the_language(page: Page):
    page.goto("/account/create")
    page.fill("#first_name", "Ann")
    page.press("#first_name", "Enter")

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".summary")).to_contain_text("Give your last name.")
    expect(page.locator("#first_name")).to_have_value("Ann")


@pytest.mark.req("R16")
def test_another_language_keeps_what_was_typed(page: Page):
    page.goto("/account/create")
    page.fill("#first_name", "Ann")
    page.locator("details.languages summary").click()
    page.get_by_role("button", name="Deutsch (de)").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("label[for=first_name]")).to_have_text("Vorname")
    expect(page.locator("#first_name")).to_have_value("Ann")


@pytest.mark.req("R54")
def test_tick_all_counts_and_one_can_be_unticked(ann: Page):
    ann.goto("/production/control-bodies?country=NL&name=Control+Union+Certifications")
    ann.locator("input[name=all_of]").first.check()
    every = int(ann.locator(".bar .count").inner_text().split()[-1])
    ann.locator("tr", has_text="AF-BIO-149").locator("input[type=checkbox]").uncheck()

    assert every > 50
    expect(ann.locator(".bar .count")).to_contain_text(str(every - 1))


@pytest.mark.req("R41")
def test_control_bodies_are_suggested_while_one_types(ann: Page):
    ann.goto("/production/operators/new?name=Test+Importer")
    ann.locator("#control_body_id").press_sequentially("control un")

    expect(ann.locator("#control-bodies option[value='Control Union Certifications']")).to_be_attached()


@pytest.mark.req("S17")
def test_back_after_log_out_shows_nothing(ann: Page):
    ann.goto("/account/profile")
    with ann.expect_navigation():  # Chromium does not go back while it is still on its way
        ann.get_by_role("button", name="Log out").click()
    ann.go_back()

    expect(ann).to_have_url(re.compile("/account/log-in"))
