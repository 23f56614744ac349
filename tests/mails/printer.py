"""Prints mails: each state in each language, by the worker's own code and as the bytes that a mail server would get."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session

from shared.db import Database
from shared.models import Base, Email
from shared.settings import Settings, load_settings
from tests.builders_mails import a_town
from tests.conftest import NOW, SETTING_NAMES
from tests.mails.variants import VARIANTS, Variant
from worker.contents import Contents
from worker.headers import headers_of
from worker.letters import Parts, render
from worker.obstacles import ready_to_send
from worker.postbox import Letter, Postbox

ADDRESS = "https://coi.example"
"""Where the pages of a made-up installation are."""


@dataclass(frozen=True)
class PrintedMail:
    """One mail in one language."""

    variant: Variant
    language: str
    contents: Contents
    parts: Parts
    raw: bytes

    @property
    def name(self) -> str:
        """Such as ``decide: new operator (fr)``."""
        return f"{self.variant.name} ({self.language})"

    @cached_property
    def message(self) -> EmailMessage:
        """As a mail program reads it."""
        return message_from_bytes(self.raw, policy=policy.default)

    def part(self, kind: str) -> str:
        """The text of one part, as a mail program shows it."""
        body = self.message.get_body((kind,))
        assert body is not None, self.name
        return str(body.get_content())


@contextmanager
def press() -> Iterator[tuple[Session, Settings]]:
    """A database of its own that is gone afterwards, and the settings of a fresh demonstration."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ):
        for name in SETTING_NAMES & os.environ.keys():
            del os.environ[name]
        os.environ |= {"VAR_DIR": folder, "SECRET_KEYS": "a-key-for-made-up-mails-that-is-long-enough"}
        settings = load_settings()
        database = Database(settings)
        with database._sessions() as session:
            session.info.update(database._info)
            Base.metadata.create_all(session.connection())
            yield session, settings
            session.rollback()
        database.dispose()


def print_all(
    session: Session,
    settings: Settings,
    languages: Sequence[str],
    variants: Iterable[Variant] = VARIANTS,
    *,
    now: datetime = NOW,
    **town: Any,
) -> Iterator[PrintedMail]:
    """Write every mail in every language, each state in a town of its own that is gone afterwards."""
    settings = replace(settings, public_url=ADDRESS)
    for variant in variants:
        savepoint = session.begin_nested()
        try:
            yield from _print(session, replace(settings, **variant.settings), variant, languages, now, town)
        finally:
            savepoint.rollback()


def _print(
    session: Session,
    settings: Settings,
    variant: Variant,
    languages: Sequence[str],
    now: datetime,
    town: dict[str, Any],
) -> Iterator[PrintedMail]:
    email = variant.cause(a_town(session, settings, environment=variant.environment, now=now, **town))
    for language in languages:
        email.language = language
        yield _printed(session, settings, variant, email)


def _printed(session: Session, settings: Settings, variant: Variant, email: Email) -> PrintedMail:
    contents = ready_to_send(session, email, settings=settings, now=email.created_at)
    assert contents is not None, (variant.name, email.reason)
    parts = render(email.template, language=email.language, contents=contents)
    headers = headers_of(email, settings.mail.default_sender.partition("@")[2])
    letter = Letter(email.id, email.recipient, parts.subject, parts.text, parts.html, headers)
    message = Postbox(settings.mail)._message(letter)
    message.date = email.created_at.timestamp()
    return PrintedMail(variant, email.language, contents, parts, message.as_bytes())
