"""Mails as people read them, and how tests have them written."""

from collections.abc import Callable
from typing import Any

from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.builders_mails import CAUSES, Town, a_town
from worker.letters import Parts

Mails = Callable[..., dict[str, Parts]]
STEP_ONE = (
    *("already-registered", "password", "password-changed"),
    *("confirm-address", "address-in-use", "approve-address", "address-changed"),
)
STEP_TWO = tuple(sorted(CAUSES.keys() - set(STEP_ONE)))


def in_a_town(session: Session, settings: Settings, act: Callable[[Town], Any], **town: Any) -> Any:
    """What comes of an act in a town that is gone afterwards."""
    savepoint = session.begin_nested()
    outcome = act(a_town(session, settings, **town))
    savepoint.rollback()
    return outcome


def visible(html: str) -> str:
    """What a reader of the HTML part sees, on one line."""
    soup = BeautifulSoup(html, "html.parser")
    soup.head.decompose()
    for tag in soup.find_all(["a", "strong"]):  # which do not part words
        tag.unwrap()
    soup.smooth()
    return " ".join(soup.get_text(" ").split())
