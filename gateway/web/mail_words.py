"""Words for mails: what each one is, whether it arrived, and how the link in it stands."""

from typing import Final

from markupsafe import Markup, escape

from gateway.application import Gateway
from gateway.languages import gettext
from gateway.templating import show_time
from shared.domain.bounce_reasons import why_returned
from shared.domain.deliveries import MailState
from shared.domain.delivery_reports import Action, noted
from shared.domain.organisations import N_
from shared.models import Email
from shared.services.mail_views import LinkState, MailView, Standing

NAMES: Final = {
    "password": N_("Link to set the password"),
    "already-registered": N_("Your address has an account already"),
    "password-changed": N_("Your password was changed"),
    "name-changed": N_("A colleague changed their name"),
    "confirm-address": N_("Link to confirm your new e-mail address"),
    "address-in-use": N_("Somebody wanted to use your address"),
    "approve-address": N_("Link to approve your new e-mail address"),
    "address-changed": N_("Your e-mail address was changed"),
    "request-received": N_("Your request was received"),
    "outcome": N_("Decision on your request"),
    "expired": N_("Your request expired"),
    "decide": N_("A request waits for your decision"),
    "reminder": N_("Reminder of a request that waits for your decision"),
    "code": N_("Code for a decision"),
    "closed": N_("A request that waited for you is closed"),
    "colleague-joined": N_("A colleague joined your organisation"),
}
"""By the name of the template."""
_UNNAMED: Final = N_("Mail")
"""While an upgrade runs, newer workers may write mails that an older gateway does not know."""
_STATES: Final = {
    MailState.WAITING: ("waiting", N_("On its way")),
    MailState.SENT: ("valid", N_("Sent")),
    MailState.REFUSED: ("rejected", N_("Did not arrive")),
    MailState.HELD: ("suspended", N_("Held back")),
    MailState.OBSOLETE: ("withdrawn", N_("Not needed")),
}
"""The class of the tag, and its word."""
_REPORTED_STATES: Final = {Action.DELAYED: ("waiting", N_("Late")), Action.DELIVERED: ("accepted", N_("Arrived"))}
"""The same for a mail that was sent, when a report told more."""
_DETAILS: Final = {
    MailState.WAITING: N_("The mail server has not taken it yet; we go on trying."),
    MailState.SENT: N_("The mail server took it."),
    MailState.REFUSED: N_("No mail server took it."),
    MailState.HELD: N_("More mails were asked for than may go to one address within an hour."),
    MailState.OBSOLETE: N_("It was not needed any more, or a newer one took its place."),
}
_REPORTED: Final = {
    Action.FAILED: N_("It came back: %(why)s (%(status)s)."),
    Action.DELAYED: N_("The mail servers go on trying: %(why)s (%(status)s)."),
}
_NO_STATUS: Final = N_("without a code")
_ARRIVED: Final = N_("The receiving mail server reported that it arrived.")
_LINKS: Final = {
    LinkState.NOT_SENT: N_("Not mailed yet: its time has not begun."),
    LinkState.VALID: N_("Valid until %(at)s."),
    LinkState.USED: N_("Used."),
    LinkState.SUPERSEDED: N_("Replaced: a newer link took its place, or the address or password was changed."),
    LinkState.EXPIRED: N_("Expired on %(at)s."),
    LinkState.LOCKED: N_("Locked after too many wrong codes."),
}


def register(app: Gateway) -> None:
    """Give the templates the words."""
    app.jinja_env.globals.update(mail_name=mail_name, mail_tag=mail_tag, mail_detail=mail_detail, link_words=link_words)


def mail_name(template: str) -> str:
    """What a mail is, as its reader would call it."""
    return gettext(NAMES.get(template, _UNNAMED))


def mail_tag(email: Email | Standing) -> Markup:
    """One word for where a mail stands."""
    said = noted(email.reason)
    kind, word = (said and _REPORTED_STATES.get(said.action)) or _STATES[MailState(email.state)]
    return Markup('<strong class="tag {}">{}</strong>').format(kind, gettext(word))


def mail_detail(email: Email | Standing) -> str:
    """One sentence for why it stands there."""
    said = noted(email.reason)
    if said is None:
        return gettext(_DETAILS[MailState(email.state)])
    if said.action is Action.DELIVERED:
        return gettext(_ARRIVED)
    why, status = gettext(why_returned(said.status)), said.status or gettext(_NO_STATUS)
    return gettext(_REPORTED[said.action]) % {"why": why, "status": status}


def link_words(mail: MailView) -> Markup:
    """How the link in a mail stands; never the link."""
    if mail.link is None:
        return Markup()
    at = show_time(mail.expires_at) if mail.expires_at else Markup()
    return escape(gettext(_LINKS[mail.link])) % {"at": at}
