"""The one kind of role a person may have in an environment, and when it is free again (R30, S31, C10)."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.memberships import HELD
from shared.domain.role_requests import OPEN
from shared.domain.roles import RoleKind, check_kind
from shared.models import Membership, Post, RoleKindHold, RoleRequest, RoleRequestItem

_INSERT: dict[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def hold(session: Session, *, account_id: UUID, environment: Environment, kind: RoleKind) -> None:
    """Bind a person to a kind of role in an environment, or find them bound to it already.

    Of two transactions that bind the same person at the same time the second waits for the first, and is refused when
    its kind differs: the primary key decides, not what either of them read before (S31). To be called before anything
    of that kind is written, a request as well as a membership.

    Raises:
        OtherKind: the person has something pending or valid of another kind there; the message names it (R30).
    """
    insert = _INSERT[session.get_bind().dialect.name](RoleKindHold).values(
        account_id=account_id, environment=environment, kind=kind
    )
    # To update the row with what is in it locks it and reads it in one step; a row that somebody is deleting at this
    # moment is written anew.
    held = session.scalar(
        insert.on_conflict_do_update(
            index_elements=[RoleKindHold.account_id, RoleKindHold.environment], set_={"kind": RoleKindHold.kind}
        ).returning(RoleKindHold.kind)
    )
    if held == kind:
        return
    check_kind(kind, _kinds_in_use(session, account_id, environment))
    # The row outlived what it stood for: something ended without a word to release_if_free.
    session.execute(update(RoleKindHold).where(*_row(account_id, environment)).values(kind=kind))


def release_if_free(session: Session, *, account_id: UUID, environment: Environment) -> bool:
    """Free a person for every kind of role once nothing of theirs is pending or valid in the environment.

    To be called after whatever closes an item or ends a membership, in the same transaction. A suspended membership
    still binds.

    Returns:
        True when the person is free now.
    """
    row = session.scalar(select(RoleKindHold).where(*_row(account_id, environment)).with_for_update())
    if row is None:
        return True
    if _kinds_in_use(session, account_id, environment):
        return False
    session.execute(delete(RoleKindHold).where(*_row(account_id, environment)))
    return True


def held_kind(session: Session, *, account_id: UUID, environment: Environment) -> RoleKind | None:
    """Say to which kind of role a person is bound in an environment; None while all three are open (R28, R29)."""
    kind = session.scalar(select(RoleKindHold.kind).where(*_row(account_id, environment)))
    return None if kind is None else RoleKind(kind)


def _row(account_id: UUID, environment: Environment) -> tuple[ColumnElement[bool], ...]:
    return RoleKindHold.account_id == account_id, RoleKindHold.environment == environment


def _kinds_in_use(session: Session, account_id: UUID, environment: Environment) -> set[RoleKind]:
    pending = (
        select(RoleRequest.kind)
        .join(RoleRequestItem)
        .where(
            RoleRequestItem.account_id == account_id,
            RoleRequest.environment == environment,
            RoleRequestItem.status.in_(OPEN),
        )
    )
    held = (
        select(Post.kind)
        .join(Membership)
        .where(
            Membership.account_id == account_id,
            Membership.environment == environment,
            Membership.status.in_(HELD),
            # A seat at the Commission is given from the command line and is none of the letter's three roles.
            Post.kind.in_(list(RoleKind)),
        )
    )
    return {RoleKind(kind) for kind in session.scalars(union(pending, held))}
