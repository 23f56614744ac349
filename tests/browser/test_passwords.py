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
    expect(form.locator("#password-met")).to_have_text(
        "The rules are met." if met == 2 else "Not all rules are met yet."
    )


@pytest.mark.parametrize(
    ("typed", "told", "value"),
    [
        ("Password123!", "Strength: weak. One or two more words help most.", 1),
        ("qwertyuiop12345!A", "Strength: fair. One more word helps most.", 2),
        ("Abcdefgh1!", "Strength: good.", 3),
        ("a long walk to the sea", "Strength: strong.", 4),
        ("PeetersPeeters1", "Strength: good.", 3),  # strong for anybody of another name
    ],
)
def test_the_strength_is_told_in_words_and_drawn(form: Page, typed: str, told: str, value: int):
    form.locator("#password").fill(typed)

    expect(form.locator("#password-strength")).to_have_text(told)
    expect(form.locator("#password-rules meter")).to_have_js_property("value", value)


def test_nothing_is_told_of_an_emptied_field(form: Page):
    form.locator("#password").fill("a long walk to the sea")
    expect(form.locator("#password-strength")).to_have_text("Strength: strong.")
    form.locator("#password").fill("")

    expect(form.locator("#password-rules [role=status]")).to_have_text("")
    expect(form.locator("#password-rules meter")).to_be_hidden()


def test_the_estimate_is_fetched_only_for_those_who_type(form: Page):
    fetched: list[str] = []
    form.on("request", lambda one: fetched.append(one.url))
    form.goto("/account/password", wait_until="networkidle")
    before = [one for one in fetched if "zxcvbn" in one]

    form.locator("#password").fill("a long walk")
    expect(form.locator("#password-strength")).not_to_be_empty()

    assert (before, len([one for one in fetched if "zxcvbn" in one])) == ([], 2)


def test_a_button_shows_the_password(form: Page):
    form.locator("#password").fill("a long walk to the sea")
    form.get_by_role("button", name="Show the password").click()

    expect(form.locator("#password")).to_have_attribute("type", "text")
    expect(form.locator("#confirm_password")).to_have_attribute("type", "text")
