from collections.abc import Iterable
from enum import StrEnum

from shared.domain.errors import OtherKind


class RoleKind(StrEnum):
    """The three choices of step 2: what a person can ask for and hold (R29)."""

    OPERATOR = "operator"
    AUTHORITY = "authority"
    CONTROL_BODY = "control_body"


def check_kind(asked: RoleKind, held: Iterable[RoleKind]) -> None:
    """Refuse a second kind of role for the same person in the same environment (R30, S31).

    ``held`` are the kinds of all open items and of all memberships that are not ended, in that environment only;
    with none, every kind is free (again). Several posts of one kind are no obstacle (R31). For one request over
    several posts, add their kinds to ``held``.

    Raises:
        OtherKind: at least one kind in ``held`` is not ``asked``.
    """
    others = set(held) - {asked}
    if others:
        raise OtherKind(f"asked for {asked}, bound to {', '.join(sorted(others))}")
