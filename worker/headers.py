"""The headers that say what a mail is, in which language, and to which thread it belongs."""

from shared.models import Email
from worker.glance import Mail


def headers_of(mail: Mail | Email, own_domain: str) -> dict[str, str]:
    """What goes beside subject and addresses; the same for every copy of a mail.

    All mails about one request refer to the request itself, at ``own_domain``, as their parent, so that a mailbox shows
    them as one thread (RFC 5322 3.6.4). No mail has that id: whichever of them comes first, comes late, or never left,
    the others hang together all the same. Mails about the account stand alone.
    """
    headers = {
        "Auto-Submitted": "auto-generated",
        "Content-Language": mail.language,
        "X-Gatehouse-Template": mail.template,
    }
    if mail.environment:
        headers["X-Gatehouse-Environment"] = mail.environment
    if mail.role_request_id:
        headers["References"] = headers["In-Reply-To"] = f"<{mail.role_request_id}@{own_domain}>"
    return headers
