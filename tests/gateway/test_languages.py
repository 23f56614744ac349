from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.models import Account, Link
from shared.settings import Settings
from tests.builders_links import token_of
from tests.gateway.browser import Browser, one, page
from tests.gateway.conftest import FORM, PASSWORD

Rows = Callable[[type[Any]], Sequence[Any]]
LANGUAGES = "bg es cs da de et el en fr ga hr it lv lt hu mt nl pl pt ro sk sl fi sv".split()


def language_of(answer: object) -> str:
    return str(one(answer, "html")["lang"])  # type: ignore[arg-type]


@pytest.mark.req("R16")
@pytest.mark.parametrize("path", ["/", "/account/create", "/account/log-in", "/account/password-link"])
def test_the_chooser_is_at_the_top_right_and_holds_24_languages(browser: Browser, path: str) -> None:
    served = browser.get(path)

    corner = one(served, "header nav.person details.languages")
    assert [str(button["value"]) for button in corner.select("button[name=change_language]")] == LANGUAGES
    assert " ".join(one(served, "header summary").get_text().split()) == "Language of the pages English (en)"


@pytest.mark.req("R16")
def test_changing_the_language_on_the_form_loses_nothing_that_was_typed(browser: Browser, rows: object) -> None:
    served = browser.get("/account/create")
    button = one(served, "button[name=change_language][value=fr]")
    assert button["form"] == one(served, "main form")["id"]
    assert button.has_attr("formnovalidate")

    answer = browser.press(served, FORM | {"last_name": "", "change_language": "fr"})

    assert (answer.status_code, language_of(answer)) == (200, "fr")
    assert one(answer, "label[for=last_name]").get_text() == "Nom de famille"
    assert one(answer, "#first_name")["value"] == "Ann"
    assert one(answer, "#email")["value"] == "ann@alpro.example"
    assert one(answer, "option[selected]")["value"] == "nl"
    assert one(answer, "#accept_privacy").has_attr("checked")
    assert not page(answer).select(".error, .summary")
    assert not rows(Account)  # type: ignore[operator]


@pytest.mark.req("R16")
def test_the_list_of_errors_sets_its_colons_as_the_language_does(browser: Browser) -> None:
    browser.press(browser.get("/account/create"), {"change_language": "fr"})

    answer = browser.send("/account/create", FORM | {"last_name": ""})

    assert one(answer, ".summary a").get_text().startswith("Nom de famille\N{NO-BREAK SPACE}: ")


@pytest.mark.req("R16")
def test_a_password_is_never_given_back_when_the_language_changes(browser: Browser) -> None:
    answer = browser.send("/account/log-in", {"email": "ann@x.example", "password": PASSWORD, "change_language": "de"})

    assert one(answer, "#email")["value"] == "ann@x.example"
    assert PASSWORD not in answer.text


@pytest.mark.req("R16")
def test_the_language_chosen_stays_and_survives_log_in_and_log_out(browser: Browser, person: Account) -> None:
    browser.post("/account/language", {"change_language": "el", "csrf_token": browser.csrf_token("/"), "next": "/"})
    assert language_of(browser.get("/account/help")) == "el"

    browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})
    assert language_of(browser.get("/")) == "el"
    browser.post("/account/log-out", {"csrf_token": browser.csrf_token("/")})

    assert language_of(browser.get("/")) == "el"


@pytest.mark.req("R16")
def test_the_chooser_of_a_page_without_a_form_leads_back_to_it(browser: Browser) -> None:
    served = browser.get("/account/help")
    chooser = one(served, "form#language-form")
    fields = {str(box["name"]): str(box["value"]) for box in chooser.select("input")}

    answer = browser.post(str(chooser["action"]), fields | {"change_language": "fi"})

    assert answer.headers["Location"] == "/account/help"
    assert language_of(browser.follow(answer)) == "fi"


@pytest.mark.req("R16")
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("fr-BE,fr;q=0.9,en;q=0.5", "fr"),
        ("zh-CN, ja;q=0.8, pt;q=0.5", "pt"),
        ("fr;q=0.5, pt;q=0.8, es", "es"),
        ("fr;q=0.5, pt;q=0.8, fr-BE", "fr"),
        ("mt;q=0", "en"),
        ("zh", "en"),
        ("*", "en"),
        (";;,=,\t", "en"),
    ],
)
def test_a_stranger_is_greeted_in_the_language_of_the_browser(
    browser: Browser, accepted: str | None, language: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted is not None else {}

    assert language_of(browser.get("/", headers=headers)) == language


@pytest.mark.req("R16")
def test_a_language_that_is_none_of_the_24_changes_nothing(browser: Browser) -> None:
    token = browser.csrf_token("/")

    answer = browser.post("/account/language", {"change_language": "<zz>", "csrf_token": token})

    assert answer.status_code == 303
    assert language_of(browser.get("/")) == "en"


@pytest.mark.req("R16", "R13")
def test_the_pages_of_a_person_are_in_the_language_of_the_sign_up(
    browser: Browser, another_browser: Browser, rows: object
) -> None:
    served = browser.get("/account/create", headers={"Accept-Language": "hu"})
    browser.press(served, FORM, headers={"Accept-Language": "hu"})

    (account,) = rows(Account)  # type: ignore[operator]
    assert (account.ui_language, account.email_language) == ("hu", "nl")


@pytest.mark.req("R13", "R16")
def test_the_page_behind_a_link_is_in_the_mails_language_until_another_one_is_chosen(
    browser: Browser, another_browser: Browser, rows: Rows, settings: Settings
) -> None:
    browser.press(browser.get("/account/create"), FORM)  # in English, for mails in Dutch
    (link,) = rows(Link)

    shown = another_browser.follow(another_browser.get(f"/password/{token_of(link, settings)}"))
    assert language_of(shown) == "nl"
    assert language_of(another_browser.get("/account/log-in")) == "nl"
    chosen = another_browser.press(shown, {"change_language": "fr"})

    assert language_of(chosen) == "fr"
    assert language_of(another_browser.get("/")) == "fr"


@pytest.mark.req("R13", "R16")
def test_a_mail_changes_the_language_of_its_own_pages_only(browser: Browser, rows: Rows, settings: Settings) -> None:
    browser.press(browser.get("/account/create"), {"change_language": "fr"})
    browser.press(browser.get("/account/create"), FORM)
    (link,) = rows(Link)

    shown = browser.follow(browser.get(f"/password/{token_of(link, settings)}"))

    assert language_of(shown) == "nl"
    assert language_of(browser.get("/account/help")) == "fr"
