"""Log-ins: made, recognised, ended; for browsers by cookie, for API clients by bearer token (S21 to S23)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import flask
from flask import g, request
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.application import reading, transaction
from shared import clock
from shared.models import Account, LoginSession

IDLE: Final = timedelta(minutes=30)
"""Without a request for that long, a log-in is over (ASVS 7.3.1)."""
ABSOLUTE: Final = timedelta(hours=12)
"""However busy, a log-in is over then (ASVS 7.3.2)."""
_SEEN_EVERY: Final = timedelta(minutes=1)
_COOKIE_KEY: Final = "login"
_KEPT: Final = ("language",)
"""What of a visit survives log-in and log-out."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in."""

    account: Account
    login_id: UUID


def start_login(session: Session, account_id: UUID, *, now: datetime) -> tuple[str, datetime]:
    """Begin a log-in.

    Returns:
        Its secret, which only the client keeps, and its absolute end.
    """
    secret = secrets.token_urlsafe(32)
    login = LoginSession(
        secret_hash=_hash(secret),
        account_id=account_id,
        created_at=now,
        seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    session.add(login)
    return secret, login.expires_at


def remember_in_browser(secret: str) -> None:
    """Put a new log-in into the browser's cookie; everything known of the visit before is forgotten (S21)."""
    forget_browser()
    flask.session[_COOKIE_KEY] = secret
    flask.session.permanent = True


def forget_browser() -> None:
    """Empty the browser's cookie but for what is no secret."""
    kept = {key: flask.session[key] for key in _KEPT if key in flask.session}
    flask.session.clear()
    flask.session.update(kept)


def end_login(session: Session, login_id: UUID, *, now: datetime) -> None:
    """End a log-in on the server: its cookie or token is worth nothing from now on (S22)."""
    session.execute(update(LoginSession).where(LoginSession.id == login_id).values(ended_at=now))


def visitor_from_cookie() -> Visitor | None:
    """Whoever is logged in with this browser; looked up once per request."""
    if "visitor" not in g:
        g.visitor = _recognise(flask.session.get(_COOKIE_KEY))
    visitor: Visitor | None = g.visitor
    return visitor


def login_is_over() -> bool:
    """True for a browser that was logged in and did not log out: its log-in ended by itself, or elsewhere."""
    return _COOKIE_KEY in flask.session and visitor_from_cookie() is None


def visitor_from_bearer() -> Visitor | None:
    """Whoever sent ``Authorization: Bearer ...`` (RFC 6750); cookies do not count, so that no page can use them."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return _recognise(secret.strip()) if scheme.lower() == "bearer" else None


def _recognise(secret: str | None) -> Visitor | None:
    if not secret:
        return None
    with reading() as session:
        g.now = now = clock.now(session)
        found = session.execute(
            select(LoginSession, Account)
            .join(Account, Account.id == LoginSession.account_id)
            .where(
                LoginSession.secret_hash == _hash(secret),
                LoginSession.ended_at.is_(None),
                LoginSession.expires_at > now,
                LoginSession.seen_at > now - IDLE,
                Account.disabled_at.is_(None),
            )
        ).one_or_none()
        if found is None:
            return None
        login, account = found
    if now - login.seen_at >= _SEEN_EVERY:
        _note_seen(login.id)
    return Visitor(account, login.id)


def _note_seen(login_id: UUID) -> None:
    with transaction() as session:
        session.execute(update(LoginSession).where(LoginSession.id == login_id).values(seen_at=clock.now(session)))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
