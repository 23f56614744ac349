import pytest
from werkzeug.test import TestResponse

from gateway.application import Gateway
from shared.models import Account
from tests.gateway.browser import Browser, Program, page
from tests.gateway.conftest import PASSWORD

CSP = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
}
PATHS = [
    "/",
    "/account/create",
    "/account/log-in",
    "/no-such-page",
    "/static/gatehouse.css",
    "/static/none",
    "/healthz",
]


@pytest.fixture(params=[*PATHS, "api", "api 404", "405", "500", "forged", "another host"])
def answer(request: pytest.FixtureRequest, app: Gateway, browser: Browser, program: Program) -> TestResponse:
    """An answer of every sort there is."""
    if request.param == "500":
        app.view_functions["home.welcome"] = lambda: str(1 / 0)
    special = {
        "api": lambda: program.post("/sessions", {}),
        "api 404": lambda: program.call("GET", "/nothing"),
        "405": lambda: browser.get("/account/log-out"),
        "500": lambda: browser.get("/"),
        "forged": lambda: browser.post("/account/create"),
        "another host": lambda: browser.get("/", base_url="http://evil.example"),
    }
    return special[request.param]() if request.param in special else browser.get(request.param)


@pytest.mark.req("S16", "S11")
def test_every_answer_forbids_frames_foreign_content_guessing_of_types_and_referrers(answer: TestResponse) -> None:
    policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
    assert policy >= CSP
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.req("S16")
@pytest.mark.usefixtures("over_https")
def test_over_https_every_answer_demands_https_for_years_and_subdomains(answer: TestResponse) -> None:
    kept, _, scope = answer.headers["Strict-Transport-Security"].partition(";")

    assert int(kept.removeprefix("max-age=")) >= 31_536_000
    assert scope.strip() == "includeSubDomains"


@pytest.mark.req("S44")
def test_every_answer_names_its_request(answer: TestResponse) -> None:
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.req("S16")
@pytest.mark.parametrize(
    "path", ["/", "/account/create", "/account/log-in", "/account/help", "/api/docs", "/no-such-page"]
)
def test_no_page_needs_what_the_policy_forbids(browser: Browser, path: str) -> None:
    served = browser.get(path)

    text = served.text
    scripts = page(served).select("script")
    assert all(str(script["src"]).startswith("/static/") and not script.string for script in scripts)
    assert " style=" not in text
    assert " onclick" not in text
    assert 'src="http' not in text


@pytest.mark.req("S17")
@pytest.mark.parametrize(
    "path", ["/", "/account/password", "/account/create", f"/password/{'A' * 44}", "/no-such-page"]
)
def test_no_page_of_a_person_comes_back_from_a_cache(logged_in: Browser, path: str) -> None:
    answer = logged_in.get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.req("S15")
def test_over_http_the_cookie_of_a_demonstration_is_without_prefix_and_log_in_works(logged_in: Browser) -> None:
    answer = logged_in.get("/account/password")

    assert answer.status_code == 200


@pytest.mark.req("S15")
@pytest.mark.usefixtures("over_https")
def test_over_https_cookies_are_tied_to_the_host_and_to_https(browser: Browser, person: Account) -> None:
    answer = browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})

    (cookie,) = answer.headers.getlist("Set-Cookie")
    parts = {part.strip().partition("=")[0]: part.strip() for part in cookie.split(";")}
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path", "SameSite"} <= parts.keys()
    assert (parts["Path"], parts["SameSite"]) == ("Path=/", "SameSite=Lax")
    assert "Domain" not in parts
    assert len(cookie) < 4096
    assert browser.get("/account/password").status_code == 200


@pytest.mark.req("S15", "S11")
@pytest.mark.usefixtures("over_https")
def test_over_https_the_cookie_of_a_link_is_tied_to_the_host_too(
    browser: Browser, newcomer: Account, mailed_link: object
) -> None:
    answer = browser.get(f"/password/{mailed_link(newcomer)}")  # type: ignore[operator]

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-link-")
    assert "Secure" in cookie
    assert browser.follow(answer).status_code == 200


@pytest.mark.req("S15")
def test_the_cookie_of_a_visit_cannot_be_read_by_scripts_nor_sent_by_other_sites(browser: Browser) -> None:
    (cookie,) = browser.get("/account/log-in").headers.getlist("Set-Cookie")

    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie
