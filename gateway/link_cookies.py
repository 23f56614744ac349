"""Tokens of mailed links: out of the address at once, into a cookie of the link's own (S11).

``GET /password/<token>`` answers with a redirect to an address that names the link's id, which opens nothing by itself.
Two links in two tabs have two cookies and never mix.
"""

from datetime import timedelta
from uuid import UUID

from flask import Response, redirect, request

from gateway.application import reading, settings
from gateway.cookies import cookie_name, set_cookie
from gateway.languages import read_on
from gateway.throttling import GUESS, check_limit
from shared.domain.errors import LinkUnknown
from shared.domain.links import LinkPurpose
from shared.services.links import mail_language
from shared.tokens import read_token


def from_mail(token: str, *, purpose: LinkPurpose, lifetime: timedelta) -> Response:
    """Answer the click in a mail: its page is read in the mail's language, in whatever browser (R13).

    Raises: as ``to_clean_address``.
    """
    link_id = _link_of(token, purpose)
    with reading() as session:
        read_on(mail_language(session, link_id))
    return _redirect(link_id, token, purpose, lifetime)


def to_clean_address(token: str, *, purpose: LinkPurpose, lifetime: timedelta) -> Response:
    """Answer whoever holds a link; changes nothing on the server, however often it is followed (S10).

    Raises:
        LinkUnknown: the token is not ours, or for another purpose.
        TooManyRequests: and it was not the first such one from this machine.
    """
    link_id = _link_of(token, purpose)
    read_on(None)
    return _redirect(link_id, token, purpose, lifetime)


def token_of(link_id: UUID, *, purpose: LinkPurpose) -> str:
    """Return the token this browser was given for a link.

    Raises:
        LinkUnknown: it was given none, or one of another link or purpose.
    """
    token = request.cookies.get(cookie_name(_name(link_id)), "")
    if read_token(settings().keyring, token, purpose=purpose) != link_id:
        raise LinkUnknown("the cookie belongs to another link")
    return token


def _link_of(token: str, purpose: LinkPurpose) -> UUID:
    try:
        return read_token(settings().keyring, token, purpose=purpose)
    except LinkUnknown:
        check_limit(GUESS)
        raise


def _redirect(link_id: UUID, token: str, purpose: LinkPurpose, lifetime: timedelta) -> Response:
    response = redirect(f"/{purpose}/link/{link_id}", code=303)
    set_cookie(response, _name(link_id), token, lifetime=lifetime)  # type: ignore[arg-type]
    return response  # type: ignore[return-value]


def _name(link_id: UUID) -> str:
    return f"link-{link_id.hex}"
