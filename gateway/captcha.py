"""The code in a picture, self-hosted: made, shown, spoken, worked for, and good for one answer (R14, S41)."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.application import settings
from gateway.captcha_work import is_solved
from shared.models import Captcha
from shared.models.base import new_id

LIFETIME = timedelta(minutes=5)
LENGTH = 6
ALPHABET = "ACDEFHJKMNPRTWXY3469"
"""Letters and digits that neither look nor sound like another; small letters are taken for capitals."""


def new_captcha(session: Session, *, visitor: str | None, now: datetime) -> UUID:
    """Make a code for a browser (``visitor`` names its visit) or an API client (None)."""
    captcha = Captcha(id=new_id(), visitor_hash=_visitor_hash(visitor), created_at=now)
    session.add(captcha)
    return captcha.id


def time_left(captcha: Captcha, *, now: datetime) -> timedelta:
    """How long a code still waits for its answer; nothing when that was given, or is late."""
    return max(captcha.created_at + LIFETIME - now, timedelta()) if captcha.used_at is None else timedelta()


def is_good(session: Session, captcha_id: UUID, *, visitor: str | None, now: datetime) -> bool:
    """True for a code of this visitor that still waits for its answer."""
    captcha = session.get(Captcha, captcha_id)
    return captcha is not None and _waits_for(captcha, visitor, now)


def use_captcha(
    session: Session, captcha_id: UUID, *, answer: str, solution: str, visitor: str | None, now: datetime
) -> bool:
    """Use up a code; true when it was answered rightly, for this visitor, and in time.

    A ``solution`` is work done in the place of the ``answer``, which then does not count. A wrong one uses the code up
    as well: the next try is another picture.
    """
    captcha = session.scalar(select(Captcha).where(Captcha.id == captcha_id).with_for_update())
    if captcha is None:
        return False
    waited = _waits_for(captcha, visitor, now)
    captcha.used_at = captcha.used_at or now
    return waited and (is_solved(captcha_id, solution) if solution else _is_right(captcha_id, answer))


def characters(captcha_id: UUID) -> str:
    """The characters of a code, derived with a key: whoever reads the database does not know them."""
    mac = settings().keyring.mac("captcha", captcha_id.bytes) or b""
    number = int.from_bytes(mac[:16])
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))


def picture(captcha_id: UUID) -> bytes:
    """The code as a PNG of 260 by 80 points."""
    from captcha.image import ImageCaptcha  # brings a drawing library along, which API clients never need

    out = BytesIO()
    ImageCaptcha(width=260, height=80).generate_image(characters(captcha_id)).save(out, "PNG")
    return out.getvalue()


def sound(captcha_id: UUID) -> bytes:
    """The code read out, as WAV."""
    return bytes(_speaker().generate(characters(captcha_id)))


@cache
def _speaker() -> Any:
    from captcha.audio import AudioCaptcha

    return AudioCaptcha()


def _waits_for(captcha: Captcha, visitor: str | None, now: datetime) -> bool:
    return bool(time_left(captcha, now=now)) and captcha.visitor_hash == _visitor_hash(visitor)


def _is_right(captcha_id: UUID, answer: str) -> bool:
    return answer.replace(" ", "").upper() == characters(captcha_id)


def _visitor_hash(visitor: str | None) -> bytes | None:
    return hashlib.sha256(visitor.encode()).digest() if visitor else None
