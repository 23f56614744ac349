"""The rules while one types, and the button that shows what was typed."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def form(ann: Page) -> Page:
    ann.goto("/account/password")
    return ann


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    ("typed", "met"),
    [("short", 1), ("a long walk to the sea", 2), ("Ab1!Ab1!Ab", 2), ("Ann's long walk, ann.peeters", 1)],
)
def test_each_rule_says_whether_it_is_met(form: Page, typed: str, met: int):
    form.locator("#password").fill(typed)

    expect(form.locator("#password-rules .met")).to_have_count(met)
    expect(form.locator("#password-rules [role=status]")).to_have_text(
        "The rules are met." if met == 2 else "Not all rules are met yet."
    )


def test_a_button_shows_the_password(form: Page):
    form.locator("#password").fill("a long walk to the sea")
    form.get_by_role("button", name="Show the password").click()

    expect(form.locator("#password")).to_have_attribute("type", "text")
    expect(form.locator("#confirm_password")).to_have_attribute("type", "text")
