"""Every HTML mail in Chromium, looked through by axe-core: in the light, in the dark, and without its style sheet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.mails.catalogues import in_each_language
from tests.mails.printer import PrintedMail

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# A mail is shown within the page of a mail program, which has the landmarks.
AA_OF_A_MAIL = AA | {"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}
COLOURS = {"runOnly": ["color-contrast"]}
"""All that is otherwise in the dark."""


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


def _findings(page: Page, html: str, scheme: Literal["light", "dark"]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_content(html)
    found = Axe().run(page, options=COLOURS if scheme == "dark" else AA_OF_A_MAIL).response["violations"]
    return [f"{one['id']}: {node['html'][:100]}" for one in found for node in one["nodes"]]


def _one_of_each(mails: Sequence[PrintedMail]) -> list[PrintedMail]:
    """The first state of each template, the longest and the one in training."""
    first = {mail.variant.template: mail for mail in reversed(mails)}
    training = [mail for mail in mails if mail.variant.environment == "training"]
    return [*first.values(), *training[:1], max(mails, key=lambda mail: len(mail.parts.html))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(
    printed: Mapping[str, Sequence[PrintedMail]], phone: Page, scheme: Literal["light", "dark"]
) -> None:
    found = {mail.name: _findings(phone, mail.parts.html, scheme) for mail in printed["en"]}

    assert {name: findings for name, findings in found.items() if findings} == {}


@in_each_language
def test_axe_finds_nothing_in_any_language(mails: Sequence[PrintedMail], language: str, phone: Page) -> None:
    # What differs between languages is words: their length, and the language that the mail says it is in.
    some = [_one_of_each(mails)[-1], *(mail for mail in mails if mail.variant.environment == "training")][:3]

    found = {mail.name: _findings(phone, mail.parts.html, "light") for mail in some}

    assert {name: findings for name, findings in found.items() if findings} == {}


def test_axe_finds_nothing_where_the_mail_program_drops_the_style_sheet(
    printed: Mapping[str, Sequence[PrintedMail]], phone: Page
) -> None:
    found = {
        mail.name: _findings(phone, re.sub("<style>.*?</style>", "", mail.parts.html, flags=re.DOTALL), "light")
        for mail in _one_of_each(printed["en"])
    }

    assert {name: findings for name, findings in found.items() if findings} == {}


@in_each_language
def test_a_mail_fits_a_phone_and_its_button_a_finger(mails: Sequence[PrintedMail], language: str, phone: Page) -> None:
    for mail in mails:
        phone.set_content(mail.parts.html)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], mail.name
        for button in phone.query_selector_all("a.action"):
            assert button.bounding_box()["height"] >= 44, mail.name


def test_the_dark_colours_are_used_where_the_dark_is_wanted(
    printed: Mapping[str, Sequence[PrintedMail]], phone: Page
) -> None:
    phone.set_content(printed["en"][0].parts.html)
    backgrounds = []
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        backgrounds.append(phone.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor"))

    assert backgrounds == ["rgb(255, 255, 255)", "rgb(26, 37, 35)"]
