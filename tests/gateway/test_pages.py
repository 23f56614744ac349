from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from gateway.application import Gateway
from tests.gateway.browser import Browser, one, page, words

HELPDESK = ["SANTE-TRACES@ec.europa.eu", "AGRI-E-COI-ORGANIC@ec.europa.eu"]
OPEN = (
    "/healthz",
    "/readyz",
    "/static/",
    "/account/accessibility",
    "/captcha/",
    "/password/",
    "/decide/",
    "/email/",
    "/account/create",
    "/account/log-in",
    "/account/password-link",
    "/account/help",
    "/account/privacy",
    "/api/docs",
    "/api/v1/openapi.json",
)
"""Welcome, sign-up, help, privacy and log-in; addresses that open only to whoever was mailed a link; health and API."""
WELCOME = ("/", "/production/", "/training/")


def pages_of(app: Gateway) -> list[str]:
    """An address of every page that can be looked at."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()):
            names = {name: str(uuid4()) for name in rule.arguments} | {"environment": "training"}
            values = names | {"token": "x" * 44, "filename": "none", "path": "none"}
            with app.test_request_context():
                found.append(
                    app.url_map.bind("127.0.0.1").build(
                        rule.endpoint, {name: values[name] for name in rule.arguments}, method="GET"
                    )
                )
    return found


@pytest.mark.req("R2")
def test_without_log_in_nothing_but_welcome_sign_up_help_and_privacy_is_reachable(
    app: Gateway, browser: Browser
) -> None:
    closed = [path for path in pages_of(app) if path not in WELCOME and not path.startswith(OPEN)]
    assert len(closed) >= 1

    answers = {path: browser.get(path) for path in closed}

    for path, answer in answers.items():
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code in {302, 303}, path
            assert answer.headers["Location"].startswith("/account/log-in?next="), path


@pytest.mark.req("R2")
@pytest.mark.parametrize(
    "path", ["/", "/account/create", "/account/log-in", "/account/help", "/account/privacy", "/account/accessibility"]
)
def test_what_a_stranger_needs_is_open(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 200


@pytest.mark.req("R3", "R5")
def test_the_welcome_page_explains_the_two_steps_and_who_can_skip_the_first(browser: Browser) -> None:
    shown = words(browser.get("/"))

    assert "The registration process is twofold:" in shown
    assert "1. Your account" in shown
    assert "2. Your role" in shown
    assert "go directly to step 2" in shown
    assert "You need to follow step 2 on Production and on Training." in shown


@pytest.mark.req("R74")
@pytest.mark.parametrize("path", ["/account/help", "/no-such-page", f"/password/{'A' * 44}", "/"])
def test_both_addresses_of_the_helpdesk_are_on_the_help_page_and_on_errors(browser: Browser, path: str) -> None:
    links = {str(link["href"]) for link in page(browser.get(path)).select("a[href^='mailto:']")}

    assert links == {f"mailto:{address}" for address in HELPDESK}


@pytest.mark.req("R74")
def test_the_helpdesk_is_offered_once_the_procedure_was_followed_or_with_questions(browser: Browser) -> None:
    shown = words(browser.get("/account/help"))

    assert "Once you have followed the procedure, or if you have any questions, please send an e-mail" in shown


@pytest.mark.req("R74")
def test_the_addresses_of_the_helpdesk_are_a_setting(
    environment: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    environment.setenv("HELPDESK_EMAILS", "help@office.example")
    browser: Browser = request.getfixturevalue("browser")

    assert one(browser.get("/account/help"), "main a[href^='mailto:']").get_text() == "help@office.example"


@pytest.mark.req("R23", "R75")
def test_the_help_page_says_what_to_do_when_the_mail_does_not_come(browser: Browser) -> None:
    shown = words(browser.get("/account/help"))

    assert "The mail with my link does not come" in shown
    assert "spam and junk" in shown
    assert "The sender is no-reply@gatehouse.example" in shown
    assert "up to 20 minutes" in shown
    assert one(browser.get("/account/help"), 'main a[href="/account/password-link"]').get_text() == "Ask for a new link"


@pytest.mark.req("R78")
@pytest.mark.parametrize("path", ["/", "/account/create", "/account/help", "/no-such-page"])
def test_a_demonstration_says_that_it_is_not_the_commissions_site(browser: Browser, path: str) -> None:
    strip = one(browser.get(path), "body > header > p.strip")

    assert strip.get_text() == "Demonstration. This is not a website of the European Commission."


def test_the_health_of_the_process_and_of_the_database_are_told_apart(browser: Browser) -> None:
    assert browser.get("/healthz").json == {"status": "alive"}
    assert browser.get("/readyz").json == {"status": "ready"}


@pytest.mark.req("R20")
@pytest.mark.parametrize("path", ["/", "/training/", "/account/create", "/account/help"])
def test_how_long_a_link_works_is_what_the_installation_says(app: Gateway, browser: Browser, path: str) -> None:
    app.settings = replace(app.settings, link_lifetime=timedelta(minutes=45))

    shown = words(browser.get(path))

    assert "45 minutes" in shown
    assert "90 minutes" not in shown
