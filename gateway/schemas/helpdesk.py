"""Forms of the helpdesk: looking at a person, sending again, correcting an address."""

from marshmallow import fields

from gateway.schemas.accounts import password_field
from gateway.schemas.fields import Form, Text, email_address, line
from shared.domain.contacts import EMAIL_MAX
from shared.domain.grounds import check_ground
from shared.domain.organisations import N_

_WHY = N_("Give a short ground, such as the number of the call.")


class LookSchema(Form):
    """Whom to look at: an exact address or username."""

    who = line(EMAIL_MAX, missing=N_("Give an e-mail address or a username."), required=True)


class ResendSchema(Form):
    """Which mail to send again; without one, a new link to set the password."""

    email_id = fields.UUID(error_messages={"invalid_uuid": N_("Choose a mail from the list.")})
    ground = Text(check_ground, missing=_WHY, required=True)


class AddressSchema(Form):
    """The right address, why, and one's own password again."""

    email = email_address(missing=N_("Give the right e-mail address."), required=True)
    address_ground = Text(check_ground, missing=_WHY, required=True)
    current_password = password_field(N_("Give your own current password."))
