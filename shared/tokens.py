"""Tokens that travel in mailed links, and the keys behind them.

A token is 33 bytes in base64url, 44 characters: 16 random bytes (the link's id), one byte (the number of the key),
16 bytes of HMAC-SHA-256 over purpose, id and number. The database holds the id and the number, never the key: a copy
of the database redeems nothing (S1, S2; ASVS 6.5.2, 11.5.1).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from shared.domain.errors import LinkUnknown

ID_BYTES = 16
MAC_BYTES = 16
TOKEN_CHARACTERS = 44


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secret keys of an installation, newest first: the first one signs, all of them verify (S46)."""

    keys: tuple[bytes, ...]

    @staticmethod
    def number_of(key: bytes) -> int:
        """Number, 0 to 255, by which rows and tokens name a key without showing it; it survives a rotation."""
        return hashlib.sha256(b"gatehouse key number\0" + key).digest()[0]

    @property
    def newest(self) -> int:
        """The number of the key that signs now."""
        return self.number_of(self.keys[0])

    def mac(self, purpose: str, message: bytes, *, number: int | None = None) -> bytes | None:
        """HMAC-SHA-256 of ``message`` for ``purpose`` under the key ``number`` (default: the newest).

        None when that key is no longer there.
        """
        for key in self.keys:
            if number is None or self.number_of(key) == number:
                return hmac.digest(key, purpose.encode() + b"\0" + message, "sha256")
        return None


def new_link_id() -> UUID:
    """128 random bits, all of them random (a version-4 identifier has only 122)."""
    return UUID(bytes=secrets.token_bytes(ID_BYTES))


def make_token(keyring: Keyring, *, purpose: str, link_id: UUID, key_number: int) -> str | None:
    """Return the 44 characters that stand for a link; the same for every copy of its mail.

    None when the key of that number was taken out of the keyring: the link must then be renewed.
    """
    body = link_id.bytes + bytes([key_number])
    mac = keyring.mac(purpose, body, number=key_number)
    return None if mac is None else base64.urlsafe_b64encode(body + mac[:MAC_BYTES]).decode()


def read_token(keyring: Keyring, token: str, *, purpose: str) -> UUID:
    """Return the id of the link that ``token`` stands for, without a look into the database.

    Raises:
        LinkUnknown: the token is malformed, was not signed by us, or is for another purpose (S1, S6).
    """
    raw = _decode(token)
    body, mac = raw[: ID_BYTES + 1], raw[ID_BYTES + 1 :]
    expected = keyring.mac(purpose, body, number=body[-1])
    if expected is None or not hmac.compare_digest(mac, expected[:MAC_BYTES]):
        raise LinkUnknown("unknown token")
    return UUID(bytes=body[:ID_BYTES])


def _decode(token: str) -> bytes:
    if len(token) != TOKEN_CHARACTERS:
        raise LinkUnknown("unknown token")
    try:
        return base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise LinkUnknown("unknown token") from None
