"""Cookies: what they are called and how they are kept (S15; ASVS 3.3)."""

import hashlib
from datetime import timedelta

from flask import Response

from gateway.application import Gateway, settings
from shared.tokens import Keyring


def configure(app: Gateway) -> None:
    """Set up the signed cookie that carries a visit: language, CSRF token, the secret of a log-in."""
    keys = [_derive(app.settings.keyring, key) for key in app.settings.keyring.keys]
    app.config.update(
        SECRET_KEY=keys[0],
        SECRET_KEY_FALLBACKS=keys[1:],
        SESSION_COOKIE_NAME=_name("session", is_https=app.settings.is_https),
        SESSION_COOKIE_SECURE=app.settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )


def cookie_name(name: str) -> str:
    """The name as the browser knows it: with the prefix that ties it to this host, over https."""
    return _name(name, is_https=settings().is_https)


def set_cookie(response: Response, name: str, value: str, *, lifetime: timedelta) -> None:
    """Give the browser a cookie that scripts cannot read and other sites do not get to use."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=lifetime,
        secure=settings().is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _name(name: str, *, is_https: bool) -> str:
    return f"__Host-{name}" if is_https else name


def _derive(keyring: Keyring, key: bytes) -> bytes:
    mac = keyring.mac("cookie", b"session", number=keyring.number_of(key))
    return mac or hashlib.sha256(key).digest()
