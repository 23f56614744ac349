"""Office mailboxes: where mails for an office go while no person there can decide (S30)."""

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from shared import reference
from shared.domain.contacts import EMAIL_MAX, Unacceptable, single_line
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.organisations import N_
from shared.models import Organisation
from shared.services import audit
from shared.services.organisations_find import find_organisation
from shared.services.role_request_accept import route_again_after_arrival

_NO_ADDRESS = N_("Give an e-mail address such as name@example.org.")


def set_mailbox(
    session: Session, *, organisation: str, email: str, environment: Environment, now: datetime
) -> Organisation:
    """Set the office mailbox of an organisation; its language follows the country, English where several would do.

    What the old mailbox was asked goes to the new one, for whoever reads the old one may no longer decide.

    Args:
        session: a transaction.
        organisation: its code, reference, TRACES number or name; ``commission`` for the Commission.
        email: the new address.
        environment: where.
        now: the product's time.

    Raises:
        NotFound: no organisation, or more than one, is named so.
        FieldErrors: ``email`` is no address we can write to.
    """
    address = _checked(email)
    office = find_organisation(session, organisation, environment=environment)
    if office.mailbox_email == address:
        return office
    office.mailbox_email = address
    office.mailbox_language = reference.office_language(office.country)
    session.flush()
    route_again_after_arrival(session, [office.id], arrived_as_administrator=True)
    audit.record(
        session,
        action="mailbox.set",
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type="organisation",
        subject_id=office.id,
        now=now,
        environment=environment,
    )
    return office


def _checked(email: str) -> str:
    try:
        address = single_line(email, limit=EMAIL_MAX)
        validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (Unacceptable, EmailNotValidError):
        raise FieldErrors({"email": [_NO_ADDRESS]}) from None
    return address
