"""Cookies: what they are called and how they are kept (S15; ASVS 3.3)."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimedSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

from gateway.application import Gateway, settings
from shared.tokens import Keyring


class VisitSigner(URLSafeTimedSerializer):
    """Signs what a cookie holds as it is.

    Trying to compress a hundred bytes takes as long as signing them, and lets go of the interpreter while others wait
    for it.
    """

    def dump_payload(self, obj: Any) -> bytes:
        """Encode and nothing else; cookies that came compressed are read all the same."""
        return base64_encode(TimedSerializer.dump_payload(self, obj))


class VisitCookies(SecureCookieSessionInterface):
    """Flask's signed cookies, with a signer that is made once: a form that is seen and sent needs it four times."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Sign with the first of ``keys``; all of them verify."""
        self._signer = VisitSigner(
            [*reversed(keys)],  # the library takes the last
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Return the signer of all visits; keys change with a restart only."""
        del app
        return self._signer


def configure(app: Gateway) -> None:
    """Set up the signed cookie that carries a visit: language, CSRF token, the secret of a log-in."""
    keys = [_derive(app.settings.keyring, key) for key in app.settings.keyring.keys]
    app.session_interface = VisitCookies(keys)
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
