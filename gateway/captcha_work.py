"""Work for a computer in the place of a code for eyes or ears (WCAG 2.2, 3.3.8; S41): a challenge of ALTCHA, version 2.

A challenge belongs to the code of one row and is kept nowhere: it is signed with a key of its own for each code, and
proves nothing for another. The row says whose it is, until when, and whether it was used.
"""

import secrets
from typing import Any
from uuid import UUID

from altcha import create_challenge, verify_solution

from gateway.application import settings

ALGORITHM = "PBKDF2/SHA-256"
"""Browsers compute it as fast as programs do: a try is one call to them, however many hashes it takes."""
COST = 5000
"""Hashes in one try: 1.4 ms in a browser, most of them hashing, and 3.5 ms here, which making a challenge takes."""


def new_challenge(captcha_id: UUID) -> dict[str, Any]:
    """Make the work for a code, a different one with each call.

    The number to be found lies in the upper half of ``CAPTCHA_TRIES``, so that nobody waits more than twice as long as
    the luckiest.
    """
    least = settings().captcha_tries // 2
    challenge: dict[str, Any] = create_challenge(
        ALGORITHM,
        COST,
        counter=least + secrets.randbelow(settings().captcha_tries - least),
        hmac_secret=_key("challenge", captcha_id),
        hmac_key_secret=_key("solution", captcha_id),
    ).to_dict()
    return challenge


def is_solved(captcha_id: UUID, solution: str) -> bool:
    """True when ``solution`` is a challenge of ours for this code, unaltered, with what had to be found.

    Takes a hash or two, no work: what had to be found is signed within the challenge. Anything may be sent, and is then
    false.
    """
    found = verify_solution(solution, _key("challenge", captcha_id), hmac_key_secret=_key("solution", captcha_id))
    return bool(found.verified)


def _key(use: str, captcha_id: UUID) -> bytes:
    return settings().keyring.mac(f"captcha-{use}", captcha_id.bytes) or b""
