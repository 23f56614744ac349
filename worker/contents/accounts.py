"""Mails about the account: its password, its address, the name of a colleague."""

from datetime import timedelta

from sqlalchemy import select

from shared.domain.memberships import HELD
from shared.models import Account, Administrator, Link, Membership, Organisation, Post
from worker.contents.occasion import Contents, Occasion, RowGone
from worker.contents.posts import names_of
from worker.contents.typed_text import shortened, unlinked

LONGEST_PERSON_TITLE = 50
"""Characters of a person's name in a subject."""


def password(occasion: Occasion) -> Contents:
    """The link that sets a password, for the first time or again (R20, R21)."""
    link = occasion.row(Link, occasion.email.link_id)
    account = occasion.row(Account, occasion.email.account_id)
    assert link.expires_at is not None  # noqa: S101 - stamped before the contents are gathered
    return password_contents(
        link_url=occasion.link_url(link),
        lifetime=occasion.settings.link_lifetime,
        expires=occasion.time(link.expires_at),
        is_first=account.password_hash is None,
        name=account.full_name,
    )


def password_contents(*, link_url: str, lifetime: timedelta, expires: str, is_first: bool, name: str) -> Contents:
    """The same from plain values."""
    return {
        "link_url": link_url,
        "minutes": lifetime // timedelta(minutes=1),
        "expires": expires,
        "is_first": is_first,
        "name": unlinked(name),
    }


def already_registered(occasion: Occasion) -> Contents:
    """Somebody signed up with the address of an account (R5); a disabled one opens to nobody."""
    account = occasion.row(Account, occasion.email.account_id)
    page = "log-in" if account.disabled_at is None else "help"
    return {
        "link_url": f"{occasion.settings.public_url}/account/{page}",
        "is_disabled": account.disabled_at is not None,
    }


def password_changed(occasion: Occasion) -> Contents:
    """The password was changed; the link is for whoever did not do it."""
    return {
        "changed": occasion.time(occasion.email.created_at),
        "link_url": f"{occasion.settings.public_url}/account/password-link",
    }


def name_changed(occasion: Occasion) -> Contents:
    """Somebody in an organisation of the reader's changed their name: it stands in certificates (R17).

    Raises:
        RowGone: the person is no longer in any organisation that the reader is in charge of.
    """
    email = occasion.email
    person = occasion.row(Account, email.context.get("changed_account_id"))
    organisations = occasion.session.scalars(
        select(Organisation)
        .join(Administrator, Administrator.organisation_id == Organisation.id)
        .where(
            Administrator.account_id == email.account_id,
            Organisation.environment == email.environment,
            Organisation.id.in_(
                select(Post.organisation_id)
                .join(Membership, Membership.post_id == Post.id)
                .where(Membership.account_id == person.id, Membership.status.in_(HELD))
            ),
        )
        .order_by(Organisation.search_name)
    ).all()
    if not organisations:
        raise RowGone("no organisation in common")
    name = unlinked(person.full_name)
    return {
        "name": name,
        "title": shortened(name, LONGEST_PERSON_TITLE),
        "username": unlinked(person.username),
        "changed": occasion.time(email.created_at),
        "organisations": names_of(organisations),
        "link_url": occasion.page_url,
    }
