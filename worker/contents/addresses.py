"""Mails about a change of address: to the mailbox one wants to be reached at, and to the one so far (C9)."""

from datetime import timedelta

from shared.models import Account, EmailChange, Link
from shared.services.email_changes import change_of_link
from shared.services.tidy import UNFINISHED_ACCOUNT
from worker.contents.occasion import Contents, Occasion, RowGone
from worker.contents.typed_text import address_of, unlinked


def confirm_address(occasion: Occasion) -> Contents:
    """To the new mailbox: the link that proves it. It names the person and no other address: it may be mistyped.

    Raises:
        RowGone: the change was taken back, or asked for anew.
    """
    link, change = _pending(occasion)
    person = occasion.row(Account, change.account_id)
    return _own_link(occasion, link) | {"name": unlinked(person.full_name)}


def address_in_use(occasion: Occasion) -> Contents:
    """To a mailbox that belongs to another account: no link, as when somebody signs up with it (S7)."""
    owner = occasion.row(Account, occasion.email.account_id)
    return {
        "link_url": f"{occasion.settings.public_url}/account/log-in",
        "is_unfinished": owner.password_hash is None,
        "days": UNFINISHED_ACCOUNT // timedelta(days=1),
    }


def approve_address(occasion: Occasion) -> Contents:
    """To the mailbox so far: the link that approves the change, and the new address to judge it by.

    Raises:
        RowGone: the change was taken back, or asked for anew.
    """
    link, change = _pending(occasion)
    return _own_link(occasion, link) | {
        "new_email": address_of(change.new_email),
        "asked": occasion.time(change.asked_at),
    }


def address_changed(occasion: Occasion) -> Contents:
    """To both mailboxes: it is done."""
    return {
        "changed": occasion.time(occasion.email.created_at),
        "link_url": f"{occasion.settings.public_url}/account/log-in",
    }


def _pending(occasion: Occasion) -> tuple[Link, EmailChange]:
    link = occasion.row(Link, occasion.email.link_id)
    change = change_of_link(occasion.session, link.id)
    if change is None:
        raise RowGone("the change of address")
    return link, change


def _own_link(occasion: Occasion, link: Link) -> Contents:
    assert link.expires_at is not None  # noqa: S101 - stamped before the contents are gathered
    return {
        "link_url": occasion.link_url(link),
        "minutes": occasion.settings.link_lifetime // timedelta(minutes=1),
        "expires": occasion.time(link.expires_at),
    }
