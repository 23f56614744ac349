"""Mails to whoever asked for a role, and to the colleagues, in every state; see ``variants``."""

from datetime import timedelta

from shared.models import Email, Post
from shared.services.role_request_ladder import advance
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from tests.builders_decisions import a_cca, a_commission, one_in_charge
from tests.builders_mails import CAUSES, Town, accepted
from tests.builders_role_requests import a_control_body, an_operator_post, new_operator_fields

REASON = (
    "Uw naam staat niet op de lijst van uw werkgever.\n\n"
    "Vraag daar een brief met de stempel van het bedrijf, en stuur de aanvraag dan opnieuw."
)
"""What an office typed, which nobody translates; not in English, so that no English in it is taken for ours."""


def more_posts(town: Town, count: int) -> list[Post]:
    """Posts of other operators, beside that of the town's own."""
    return [
        an_operator_post(
            town.session,
            environment=town.environment,
            name=f"Ferme bio {number + 1} SPRL",
            traces_number=f"BE-ORG-OP-{number + 11}",
        )
        for number in range(count)
    ]


def later(town: Town, days: int) -> None:
    """Nobody decides for so many days."""
    advance(town.session, settings=town.settings, now=town.now + timedelta(days=days))
    town.session.flush()
    town.session.expire_all()


def takes_back(town: Town) -> None:
    """The applicant takes the one request back."""
    role_request = town.is_routed()
    withdraw(
        town.session,
        account=town.applicant,
        environment=town.environment,
        role_request_id=role_request.id,
        now=town.now,
    )
    town.session.flush()
    town.session.expire_all()


def _received(town: Town) -> Email:
    town.session.expire_all()
    return town.mail("request-received")


def _received_for_many(town: Town) -> Email:
    town.is_routed(town.post, *more_posts(town, 13))
    return _received(town)


def _received_and_with_offices(town: Town) -> Email:
    town.is_routed()
    return _received(town)


def a_mill_in_france(town: Town) -> Post:
    """A post in a country that has no office in town."""
    return an_operator_post(
        town.session,
        environment=town.environment,
        country="FR",
        name="Moulins de Savoie",
        traces_number="FR-ORG-OP-7",
    )


def _received_and_nobody_found(town: Town) -> Email:
    town.is_routed(a_mill_in_france(town))
    return _received(town)


def _received_and_reminded(town: Town) -> Email:
    town.is_routed()
    later(town, 7)
    return _received(town)


def _received_and_next_level_asked(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed()
    later(town, 14)
    return _received(town)


def _received_and_decided(town: Town) -> Email:
    accepted(town)
    return _received(town)


def _received_and_withdrawn(town: Town) -> Email:
    takes_back(town)
    return _received(town)


def _received_and_expired(town: Town) -> Email:
    town.is_routed()
    later(town, 30)
    return _received(town)


def _accepted_for_many(town: Town) -> Email:
    town.decides(town.is_routed(town.post, *more_posts(town, 2)), Decision.ACCEPT)
    return town.mail("outcome")


def _accepted_as_administrator(town: Town) -> Email:
    town.decides(town.is_routed(), Decision.ACCEPT, grant_administrator=True)
    return town.mail("outcome")


def _accepted_new_operator(town: Town) -> Email:
    body = a_control_body(town.session, "AE-BIO-149", environment=town.environment)
    town.decides(town.is_routed(new_operator=new_operator_fields(body.id)), Decision.ACCEPT)
    return town.mail("outcome")


def _accepted_in_part(town: Town, waiting: int = 1) -> Email:
    role_request = town.is_routed(town.post, *more_posts(town, waiting))
    town.decides(role_request, Decision.ACCEPT, item_ids=[role_request.items[0].id])
    return town.mail("outcome")


def _accepted_in_small_part(town: Town) -> Email:
    return _accepted_in_part(town, waiting=3)


def _rejected(town: Town) -> Email:
    town.decides(town.is_routed(), Decision.REJECT, reason=REASON)
    return town.mail("outcome")


def _rejected_for_many(town: Town) -> Email:
    town.decides(town.is_routed(town.post, *more_posts(town, 2)), Decision.REJECT, reason=REASON)
    return town.mail("outcome")


def _rejected_and_reason_gone(town: Town) -> Email:
    role_request = town.is_routed()
    town.decides(role_request, Decision.REJECT, reason=REASON)
    # Typed words are kept for a time only; a mail that is sent again later goes without them.
    role_request.items[0].reason = None
    return town.mail("outcome")


def _expired_for_many(town: Town) -> Email:
    town.is_routed(town.post, *more_posts(town, 2))
    later(town, 30)
    return town.mail("expired")


def _expired_with_one_office(town: Town) -> Email:
    office = a_cca(
        town.session,
        environment=town.environment,
        country="NL",
        name="Ministerie van Landbouw",
        mailbox_email="office@authority.example",
    )
    town.is_routed(
        a_control_body(town.session, "AE-BIO-149", environment=town.environment, country=office.country).posts[0]
    )
    later(town, 30)
    return town.mail("expired")


def _expired_with_nobody_asked(town: Town) -> Email:
    town.is_routed(a_mill_in_france(town))
    later(town, 30)
    return town.mail("expired")


def _joined_as_administrator(town: Town) -> Email:
    town.decides(town.is_routed(), Decision.ACCEPT, grant_administrator=True)
    return town.mail("colleague-joined", town.administrator)


def _joined_in_many_countries(town: Town) -> Email:
    body = a_control_body(town.session, "AE-BIO-149", "CH-BIO-149", environment=town.environment, country="BE")
    chief = one_in_charge(town.session, body, first_name="Bo", last_name="Janssens")
    town.decides(town.is_routed(control_body_id=body.id), Decision.ACCEPT)
    return town.mail("colleague-joined", chief)


STATES = {
    "request-received": {
        "on its way": CAUSES["request-received"],
        "many posts": _received_for_many,
        "with the offices": _received_and_with_offices,
        "nobody found": _received_and_nobody_found,
        "reminder sent": _received_and_reminded,
        "next level asked": _received_and_next_level_asked,
        "decided meanwhile": _received_and_decided,
        "withdrawn meanwhile": _received_and_withdrawn,
        "expired meanwhile": _received_and_expired,
    },
    "outcome": {
        "accepted": CAUSES["outcome"],
        "accepted for many": _accepted_for_many,
        "accepted as administrator": _accepted_as_administrator,
        "accepted new operator": _accepted_new_operator,
        "accepted, one more waits": _accepted_in_part,
        "accepted, three more wait": _accepted_in_small_part,
        "rejected": _rejected,
        "rejected for many": _rejected_for_many,
        "rejected, reason gone": _rejected_and_reason_gone,
    },
    "expired": {
        "several offices": CAUSES["expired"],
        "many posts": _expired_for_many,
        "one office": _expired_with_one_office,
        "nobody asked": _expired_with_nobody_asked,
    },
    "colleague-joined": {
        "usual": CAUSES["colleague-joined"],
        "as administrator": _joined_as_administrator,
        "many posts": _joined_in_many_countries,
    },
}
