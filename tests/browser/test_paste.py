"""Every field takes what is pasted (WCAG 2.2, 3.3.8)."""

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOXES = "main input:not([type=checkbox]):not([type^=date]):visible, main textarea:visible"
"""Dates are the browser's own boxes, which take a date and nothing else."""


def refusing(page: Page) -> list[str | None]:
    """The fields of the page that do not hold what was pasted into them."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('paste-7')")
    boxes = page.locator(BOXES).all()
    assert boxes
    for box in boxes:
        box.fill("")
        box.press("Control+V")
    return [box.get_attribute("name") for box in boxes if box.input_value() != "paste-7"]


@pytest.mark.parametrize("path", ["/account/create", "/account/password-link", "/account/log-in"])
def test_strangers_can_paste_into_every_field(page: Page, path: str):
    page.goto(path)
    for fold in page.locator("main details:not([open]) > summary").all():
        fold.click()

    assert refusing(page) == []


@pytest.mark.parametrize("path", ["/account/password", "/account/profile", "/production/operators/new?name=Test"])
def test_people_with_an_account_can_paste_into_every_field(ann: Page, path: str):
    ann.goto(path)

    assert refusing(ann) == []
