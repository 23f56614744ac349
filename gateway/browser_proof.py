"""The cookie by which a browser is remembered for a recipient of decide links (S25, S15).

One cookie for each recipient: somebody who decides for two offices, or in person and for an office, proves each mailbox
once. Its name says nothing of the recipient; its value is a secret of which the database holds a hash.
"""

import hashlib

from flask import Response, request

from gateway.cookies import cookie_name, set_cookie
from shared.services.remembered_browsers import LIFETIME


def proof_of(recipient_key: str) -> str | None:
    """Return the secret that this browser was given for a recipient; whether it still counts, the row says."""
    return request.cookies.get(cookie_name(_name(recipient_key))) or None


def keep_proof(response: Response, recipient_key: str, secret: str) -> None:
    """Let the browser be known for a recipient for 30 days."""
    set_cookie(response, _name(recipient_key), secret, lifetime=LIFETIME)


def _name(recipient_key: str) -> str:
    return f"decider-{hashlib.sha256(recipient_key.encode()).hexdigest()[:16]}"
