from itertools import chain, combinations, product

import pytest

from shared.domain.errors import OtherKind
from shared.domain.roles import RoleKind, check_kind

EVERY_SET_OF_KINDS = list(chain.from_iterable(combinations(RoleKind, size) for size in range(len(RoleKind) + 1)))


@pytest.mark.req("R29")
def test_there_are_three_kinds_of_role() -> None:
    assert [str(kind) for kind in RoleKind] == ["operator", "authority", "control_body"]


@pytest.mark.req("R30", "S31")
@pytest.mark.parametrize(("asked", "held"), list(product(RoleKind, EVERY_SET_OF_KINDS)))
def test_a_kind_is_refused_exactly_when_another_kind_is_held(asked: RoleKind, held: tuple[RoleKind, ...]) -> None:
    if any(kind is not asked for kind in held):
        with pytest.raises(OtherKind):
            check_kind(asked, held)
    else:
        check_kind(asked, held)


@pytest.mark.req("R31")
@pytest.mark.parametrize("kind", RoleKind)
def test_more_posts_of_the_same_kind_may_be_asked_for(kind: RoleKind) -> None:
    check_kind(kind, [kind, kind])


@pytest.mark.req("R30")
def test_the_refusal_names_the_kind_that_is_in_the_way() -> None:
    with pytest.raises(OtherKind, match="bound to control_body"):
        check_kind(RoleKind.OPERATOR, [RoleKind.CONTROL_BODY])
