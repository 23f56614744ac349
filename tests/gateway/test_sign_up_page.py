"""The empty form is rendered once for all strangers: what belongs to one visit must never reach another."""

import pytest
from flask_wtf.csrf import generate_csrf

from gateway.application import Gateway
from gateway.web import sign_up
from shared.models import Account
from tests.gateway.browser import Browser, one, words
from tests.gateway.conftest import FORM

PATH = "/account/create"


def token(browser: Browser) -> str:
    return str(one(browser.get(PATH), "#create input[name=csrf_token]")["value"])


@pytest.mark.req("S14")
def test_every_visit_has_a_token_of_its_own_and_no_mark_is_left(browser: Browser, another_browser: Browser) -> None:
    served = browser.get(PATH)

    assert token(browser) != token(another_browser)
    assert sign_up._TOKEN_HERE not in served.text
    assert str(sign_up._CODE_HERE) not in served.text


@pytest.mark.req("S14")
def test_a_token_of_another_visit_is_worth_nothing(browser: Browser, another_browser: Browser) -> None:
    stolen = token(another_browser)
    browser.get(PATH)

    assert browser.post(PATH, FORM | {"csrf_token": stolen}).status_code == 403


@pytest.mark.req("S41")
@pytest.mark.usefixtures("captcha_on")
def test_every_visit_has_a_code_of_its_own(browser: Browser, another_browser: Browser) -> None:
    codes = []
    for visitor in (browser, another_browser):
        served = visitor.get(PATH)
        code = str(one(served, "input[name=captcha_id]")["value"])
        assert code in str(one(served, ".captcha img")["src"])
        assert code in str(one(served, ".captcha audio")["src"])
        assert visitor.get(str(one(served, ".captcha img")["src"])).mimetype == "image/png"
        codes.append(code)

    assert codes[0] != codes[1]


@pytest.mark.req("R16")
def test_every_visitor_reads_it_in_a_language_of_their_own(browser: Browser, another_browser: Browser) -> None:
    german = one(another_browser.get(PATH, headers={"Accept-Language": "de"}), "html")["lang"]

    assert (one(browser.get(PATH), "html")["lang"], german) == ("en", "de")


@pytest.mark.req("S17")
def test_who_is_logged_in_is_on_nobody_elses_page(
    logged_in: Browser, another_browser: Browser, person: Account
) -> None:
    own, others = words(logged_in.get(PATH)), words(another_browser.get(PATH))

    assert person.full_name in own
    assert person.full_name not in others


def test_it_is_the_page_that_would_be_rendered_anew(app: Gateway, browser: Browser) -> None:
    with app.test_request_context(PATH, base_url=browser.address):
        rendered, own = sign_up._page({"email_language": "en"}), generate_csrf()

    assert browser.get(PATH).text.replace(token(browser), "*") == rendered.replace(own, "*")
