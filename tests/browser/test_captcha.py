"""Signing up without eyes, ears and a mouse: "Continue without a code", on an installation that asks for codes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.keys import tab_to
from tests.e2e.installation import Installation, installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONGEST_WORK = 30_000
WORKERS = "**/altcha-*/**"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """In the place of the one that the other tests share."""
    folder = Path(tmp_path_factory.mktemp("captcha"))
    with installation(folder, CAPTCHA="image", CAPTCHA_TRIES="400") as one:
        yield one


@pytest.mark.req("R9", "R14", "S41")
def test_somebody_signs_up_with_keys_alone_and_no_code(page: Page, running: Installation):
    page.goto("/account/create")
    for field, typed in (("first_name", "Ann"), ("last_name", "Peeters")):
        tab_to(page, f"#{field}")
        page.keyboard.type(typed)
    for field in ("email", "confirm_email"):
        tab_to(page, f"#{field}")
        page.keyboard.type("keys@alpro.example")
    tab_to(page, "#without-code")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(
        "No code is needed: your browser has done the calculation.", timeout=LONGEST_WORK
    )
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.locator("#captcha_answer")).to_be_hidden()
    tab_to(page, "#accept_privacy")
    page.keyboard.press("Space")
    tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")

    page.wait_for_url("**/account/create/sent")
    assert running.wait_for_mail("keys@alpro.example", template="password")


@pytest.mark.req("R14")
def test_the_work_goes_on_while_the_form_is_filled_in_and_takes_nobody_s_focus(page: Page):
    held: list[Route] = []

    def hold(request: Route) -> None:  # or a lucky calculation is over before anybody looks
        held.append(request)

    page.route(WORKERS, hold)
    page.goto("/account/create")
    page.locator("#without-code").click()
    expect(page.get_by_role("status")).to_contain_text("calculating")
    page.locator("#first_name").focus()

    page.route(WORKERS, lambda request: request.continue_())  # those that come from now on
    for request in held:
        request.continue_()
    expect(page.locator("#captcha_answer")).to_be_hidden(timeout=LONGEST_WORK)
    expect(page.locator("#first_name")).to_be_focused()


@pytest.mark.req("R14", "S41")
def test_who_comes_late_is_not_turned_away(page: Page, running: Installation):
    page.goto("/account/password-link")
    late = page.locator("[name=captcha_id]").get_attribute("value")
    running.command("clock", "advance", "6m")
    page.fill("#email", "late@alpro.example")
    page.locator("#without-code").click()
    expect(page.locator("#captcha_answer")).to_be_hidden(timeout=LONGEST_WORK)

    assert page.locator("[name=captcha_id]").input_value() != late
    page.get_by_role("button", name="Send a link").click()
    page.wait_for_url("**/account/create/sent")


@pytest.mark.req("R14", "S41")
def test_the_work_is_renewed_before_it_is_too_old(page: Page):
    page.clock.install()
    page.goto("/account/password-link")
    page.locator("#without-code").click()
    expect(page.locator("#captcha_answer")).to_be_hidden(timeout=LONGEST_WORK)
    first = page.locator("[name=captcha_id]").input_value()
    page.clock.run_for(280_000)

    expect(page.locator("[name=captcha_id]")).not_to_have_value(first, timeout=LONGEST_WORK)


@pytest.mark.req("R14")
def test_when_the_work_fails_the_code_is_still_there(page: Page):
    page.route("**/captcha/*.json", lambda route: route.fulfill(status=429))
    page.goto("/account/password-link")
    page.locator("#without-code").click()

    expect(page.get_by_role("status")).to_have_text(
        "The calculation did not work. Press the button again, or type the code."
    )
    expect(page.locator("#captcha_answer")).to_be_visible()
    expect(page.locator("#without-code")).to_be_focused()
