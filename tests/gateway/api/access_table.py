"""Who may use which address: every route of the gateway, pages and API, in exactly one place (S26; ASVS 8.2.2)."""

import re
from enum import Enum

from gateway.application import Gateway


class Access(Enum):
    """What a caller needs."""

    PUBLIC = "nothing"
    LOGGED_IN = "a log-in; shows and changes what belongs to whoever is logged in, and to nobody else"
    OWN_OBJECT = "a log-in; names an object, which has to belong to whoever is logged in"
    LINK = "the token of a mailed link, or the cookie that a browser was given for it"
    HELPDESK = "the duty helpdesk; to everybody else who is logged in it is not there"
    OPERATIONS = "the duty operations; to everybody else who is logged in it is not there"


TABLE = {
    Access.PUBLIC: """
        GET /
        GET /{environment}/
        GET /account/accessibility
        GET /account/help
        GET /account/privacy
        GET /account/create
        POST /account/create
        GET /account/create/sent
        GET /account/log-in
        POST /account/log-in
        POST /account/log-out
        GET /account/password-link
        POST /account/password-link
        POST /account/language
        GET /captcha/{captcha_id}.png
        GET /captcha/{captcha_id}.wav
        GET /captcha/{captcha_id}.json
        GET /static/{filename}
        GET /healthz
        GET /readyz
        GET /api/docs
        GET /api/v1/openapi.json
        POST /api/v1/captchas
        POST /api/v1/accounts
        POST /api/v1/password-links
        POST /api/v1/sessions
    """,
    Access.LOGGED_IN: """
        GET /account/password
        POST /account/password
        GET /account/email
        POST /account/email
        POST /account/email/cancel
        GET /account/profile
        POST /account/profile
        GET /{environment}/roles
        GET /{environment}/operators
        POST /{environment}/operators
        GET /{environment}/operators/new
        POST /{environment}/operators/new
        GET /{environment}/authorities
        POST /{environment}/authorities
        GET /{environment}/control-bodies
        POST /{environment}/control-bodies
        GET /{environment}/control-bodies/suggestions
        GET /{environment}/role-requests
        POST /{environment}/role-requests
        GET /{environment}/profile
        GET /{environment}/decisions
        POST /{environment}/decisions
        GET /{environment}/decisions/together
        POST /{environment}/decisions/together
        DELETE /api/v1/sessions/current
        GET /api/v1/profile
        PATCH /api/v1/profile
        POST /api/v1/profile/password
        GET /api/v1/{environment}/operators
        GET /api/v1/{environment}/authorities
        GET /api/v1/{environment}/control-bodies
        GET /api/v1/{environment}/role-requests
        POST /api/v1/{environment}/role-requests
    """,
    Access.OWN_OBJECT: """
        GET /{environment}/role-requests/{role_request_id}
        GET /{environment}/role-requests/{role_request_id}/withdraw
        POST /{environment}/role-requests/{role_request_id}/withdraw
        GET /{environment}/decisions/{assignment_id}
        GET /api/v1/{environment}/role-requests/{role_request_id}
        POST /api/v1/{environment}/role-requests/{role_request_id}/actions/withdraw
    """,
    Access.LINK: """
        GET /password/{token}
        GET /password/link/{link_id}
        POST /password/link/{link_id}
        POST /password/link/{link_id}/renew
        GET /email/{token}
        GET /email/link/{link_id}
        POST /email/link/{link_id}
        GET /decide/{token}
        GET /decide/link/{link_id}
        POST /decide/link/{link_id}
        POST /api/v1/passwords
        POST /api/v1/decisions/lookup
        POST /api/v1/decisions
    """,
    Access.HELPDESK: """
        GET /helpdesk
        POST /helpdesk
        GET /helpdesk/people/{account_id}
        POST /helpdesk/people/{account_id}/resend
        POST /helpdesk/people/{account_id}/address
    """,
    Access.OPERATIONS: """
        GET /operations
        GET /operations/subjects/{subject_id}
    """,
}


def classified(access: Access) -> list[tuple[str, str]]:
    """Method and address of each route of a kind."""
    lines = (line.split() for line in TABLE[access].strip().splitlines())
    return [(method, path) for method, path in lines]


def routes(app: Gateway) -> list[tuple[str, str]]:
    """Method and address of each route there is."""
    return [
        (method, re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
