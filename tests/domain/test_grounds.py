import pytest

from shared.domain.contacts import Unacceptable
from shared.domain.grounds import check_ground


@pytest.mark.parametrize("typed", ["  call  4711 ", "typing error in the domain", "x" * 60])
def test_a_ground_is_one_short_line(typed):
    assert check_ground(typed) == " ".join(typed.split())


@pytest.mark.req("S43", "S45")
@pytest.mark.parametrize(
    "typed", ["", "  ", "ab", "x" * 61, "asked by ann@alpro.example", "call\n4711", "call\u202e4711"]
)
def test_a_ground_is_neither_missing_nor_long_nor_holds_an_address(typed):
    with pytest.raises(Unacceptable):
        check_ground(typed)
