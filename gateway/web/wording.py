"""What codes of the domain are called on pages, and its statements as sentences in the language of the page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from gateway.application import Gateway
from gateway.languages import gettext, page_language
from gateway.sessions import visitor_from_cookie
from gateway.templating import STRANGERS_ZONE, show_time
from shared import country_names, reference
from shared.country_names import country_choices, country_name
from shared.domain.memberships import MembershipStatus
from shared.domain.organisations import LEGENDS, N_
from shared.domain.progress import Statement
from shared.domain.role_requests import ItemStatus
from shared.domain.roles import RoleKind
from shared.i18n import zone_words
from shared.services.role_request_reasons import Reason

_KINDS = {
    RoleKind.OPERATOR: N_("Operator"),
    RoleKind.AUTHORITY: N_("Authority"),
    RoleKind.CONTROL_BODY: N_("Organic Control Body"),
}
_STATUSES = {
    ItemStatus.SUBMITTED: N_("Requested"),
    ItemStatus.WAITING: N_("Requested"),
    ItemStatus.ACCEPTED: N_("Accepted"),
    ItemStatus.REJECTED: N_("Rejected"),
    ItemStatus.WITHDRAWN: N_("Withdrawn"),
    ItemStatus.EXPIRED: N_("Expired"),
    MembershipStatus.VALID: N_("Valid"),
    MembershipStatus.SUSPENDED: N_("Suspended"),
    MembershipStatus.ENDED: N_("Ended"),
}


def register(app: Gateway) -> None:
    """Give the templates the words, and the lists that forms choose from."""
    app.context_processor(lambda: {"countries": country_choices(page_language())})
    app.jinja_env.globals.update(
        sections=[(label, label) for label in dict.fromkeys(one.section_label for one in reference.activities())],
        activities=[(one.code, one.label_en) for one in reference.activities()],
        authority_legends=list(LEGENDS.values()),
        country_label=country_label,
        activity_label=reference.activity_label,
        kind_name=kind_name,
        status_name=status_name,
        tell=tell,
        tell_reason=tell_reason,
        zone_label=zone_label,
    )


def kind_name(kind: RoleKind | str) -> str:
    """A kind of role as the letter calls it (R29)."""
    return gettext(_KINDS[RoleKind(kind)])


def status_name(status: ItemStatus | MembershipStatus) -> str:
    """The word for a status; the same on every page."""
    return gettext(_STATUSES[status])


def tell(statement: Statement) -> Markup:
    """A statement about a request, its time written for the reader."""
    at = "" if statement.at is None else show_time(statement.at)
    return escape(gettext(statement.sentence)) % statement.values(at=at)


def tell_reason(reason: Reason) -> Markup:
    """Why a request came to an office, the country named in the language of the page."""
    return escape(gettext(reason.sentence)) % reason.values(country=country_name(reason.country, page_language()))


def country_label(code: str | None) -> str:
    """A country as lists show it, in the language of the page (R34)."""
    return country_names.country_label(code, page_language())


def reader_zone() -> ZoneInfo:
    """The time zone of whoever reads the page (R65)."""
    visitor = visitor_from_cookie()
    return ZoneInfo(visitor.account.time_zone if visitor else STRANGERS_ZONE)


def zone_label(moment: datetime) -> str:
    """Offset and abbreviation of the reader's zone at a moment, as in ``+02:00 CEST`` (R42)."""
    return zone_words(moment.astimezone(reader_zone()))
