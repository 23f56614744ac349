"""Mails about the account, in every state; see ``variants``."""

from shared.models import Account, Email
from tests.builders import a_membership, an_administrator, an_organisation
from tests.builders_mails import CAUSES, Town


def _first_link(town: Town) -> Email:
    town.applicant.password_hash = None
    return CAUSES["password"](town)


def _name_changed_in_several(town: Town) -> Email:
    for number in range(12):
        other = an_organisation(town.session, environment=town.environment, name=f"Moulin {number + 1} SPRL")
        a_membership(town.session, town.applicant, other.posts[0])
        an_administrator(town.session, town.administrator, other)
    return CAUSES["name-changed"](town)


def _in_use_without_password(town: Town) -> Email:
    email = CAUSES["address-in-use"](town)
    town.session.get_one(Account, email.account_id).password_hash = None
    return email


def _registered_and_disabled(town: Town) -> Email:
    email = CAUSES["already-registered"](town)
    town.applicant.disabled_at = town.now
    return email


STATES = {
    "password": {
        "first link": _first_link,
        "new password": CAUSES["password"],
        "no demonstration": _first_link,
        "one minute": _first_link,
    },
    "already-registered": {"usual": CAUSES["already-registered"], "disabled": _registered_and_disabled},
    "confirm-address": {"usual": CAUSES["confirm-address"], "one minute": CAUSES["confirm-address"]},
    "approve-address": {"usual": CAUSES["approve-address"]},
    "address-in-use": {"usual": CAUSES["address-in-use"], "without a password": _in_use_without_password},
    "address-changed": {"usual": CAUSES["address-changed"]},
    "password-changed": {"usual": CAUSES["password-changed"]},
    "name-changed": {"one organisation": CAUSES["name-changed"], "many organisations": _name_changed_in_several},
}
