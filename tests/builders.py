"""Builders: each makes one row that is right in every respect the caller does not mention, and adds it."""

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.domain.email_addresses import normalise
from shared.models import Account, Administrator, Membership, Organisation, Post
from tests.conftest import NOW

_numbers = itertools.count(1)


def an_account(session: Session, *, email: str | None = None, now: datetime = NOW, **changes: Any) -> Account:
    """A person with a password (not a usable one: tests of log-in set their own)."""
    number = next(_numbers)
    email = email or f"person{number}@people.example"
    values: dict[str, Any] = {
        "username": f"person{number}",
        "username_key": f"person{number}",
        "username_was_assigned": False,
        "first_name": "Ann",
        "last_name": "Peeters",
        "email": email,
        "email_key": normalise(email),
        "email_language": "en",
        "ui_language": "en",
        "time_zone": "Europe/Brussels",
        "notifications": {},
        "privacy_version": "1",
        "privacy_accepted_at": now,
        "password_hash": "$argon2id$none",
        "password_set_at": now,
        "created_at": now,
        "updated_at": now,
    }
    account = Account(**values | changes)
    session.add(account)
    session.flush()
    return account


def an_organisation(session: Session, *, kind: str = "operator", **changes: Any) -> Organisation:
    """A valid organisation in Belgium and Production, with one post of its own (``organisation.posts[0]``)."""
    number = next(_numbers)
    name = changes.get("name", f"Organisation {number}")
    values: dict[str, Any] = {
        "environment": "production",
        "kind": kind,
        "reference": f"{kind}-{number}",
        "name": name,
        "search_name": name.casefold(),
        "look_alike_key": name.casefold(),
        "address": "Street 1 1000 Bruxelles Belgium",
        "country": "BE",
        "status": "valid",
        "mailbox_email": None,
        "created_at": NOW,
    }
    if kind == "authority":
        values["role"] = "BCP"
    organisation = Organisation(**values | changes)
    if kind != "commission":
        organisation.posts.append(
            Post(
                environment=organisation.environment,
                kind=kind,
                code=changes.get("reference", f"XX-{number}"),
                country=organisation.country,
            )
        )
    session.add(organisation)
    session.flush()
    return organisation


def a_membership(session: Session, account: Account, post: Post, **changes: Any) -> Membership:
    """The account holds the post, validly."""
    values: dict[str, Any] = {
        "environment": post.environment,
        "account_id": account.id,
        "post_id": post.id,
        "status": "valid",
        "valid_from": NOW,
    }
    membership = Membership(**values | changes)
    session.add(membership)
    session.flush()
    return membership


def an_administrator(session: Session, account: Account, organisation: Organisation) -> Administrator:
    """The account may decide for the organisation."""
    administrator = Administrator(account_id=account.id, organisation_id=organisation.id, since=NOW)
    session.add(administrator)
    session.flush()
    return administrator
