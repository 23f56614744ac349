"""The signed cookie of a visit, beside what test_sessions.py says of log-ins (S15, S46)."""

import pytest
from flask.sessions import SecureCookieSessionInterface

from gateway.app import create_app
from gateway.application import Gateway
from shared.db import Database
from shared.settings import load_settings
from tests.gateway.browser import Browser, one
from tests.gateway.conftest import FORM


@pytest.mark.req("S46")
def test_a_cookie_that_was_compressed_by_a_version_before_is_read(app: Gateway, browser: Browser) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    cookie = signer.dumps({"language": "fr", "much": "a" * 500})
    assert cookie.startswith("."), "it is compressed"

    browser.set_cookie("session", cookie)

    assert one(browser.get("/account/log-in"), "html")["lang"] == "fr"


def test_a_cookie_is_read_by_the_version_before(app: Gateway, browser: Browser) -> None:
    browser.get("/account/create")
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None

    assert set(signer.loads(browser.cookie("session") or "")) == {"csrf_token"}


@pytest.mark.req("S46")
def test_a_cookie_outlives_a_new_key_and_not_the_end_of_the_old_one(
    environment: pytest.MonkeyPatch, database: Database
) -> None:
    old, new = "an-old-key-that-is-long-enough-for-tests", "a-new-key-that-is-long-enough-for-tests"

    def gateway(keys: str) -> Gateway:
        environment.setenv("SECRET_KEYS", keys)
        return create_app(load_settings())

    before = gateway(old)
    signer = before.session_interface.get_signing_serializer(before)  # type: ignore[attr-defined]
    cookie = signer.dumps({"language": "fr"})

    assert [language(gateway(keys), cookie) for keys in (f"{new},{old}", new)] == ["fr", "en"]


def language(app: Gateway, cookie: str) -> str:
    browser = Browser(app)
    browser.set_cookie("session", cookie)
    return str(one(browser.get("/account/log-in"), "html")["lang"])


@pytest.mark.req("S15")
def test_a_cookie_whose_signature_was_changed_is_none(browser: Browser) -> None:
    form = FORM | {"csrf_token": browser.csrf_token("/account/create")}
    cookie = browser.cookie("session") or ""

    browser.set_cookie("session", cookie[:-4] + ("AAAA" if cookie[-4:] != "AAAA" else "BBBB"))
    changed = browser.post("/account/create", form).status_code
    browser.set_cookie("session", cookie)

    assert (changed, browser.post("/account/create", form).status_code) == (403, 303)
