import itertools
from datetime import timedelta

import pytest

from gateway.web.operations_pictures import ABOVE, PLOT, ROW, THINNEST, draw_bars, draw_columns, round_up
from shared.services.figures_delivery import Minute
from tests.conftest import NOW


def minutes(*counts: tuple[int, int]) -> list[Minute]:
    return [Minute(NOW + timedelta(minutes=number), *count) for number, count in enumerate(counts)]


def test_the_longest_bar_takes_the_whole_width_and_the_others_their_share() -> None:
    drawn = draw_bars([("a", "8", [("busy", 8)]), ("b", "2", [("busy", 2)])])

    assert [bar.parts[0].width for bar in drawn.bars] == [100, 25]
    assert [bar.y for bar in drawn.bars] == [0, ROW]
    assert drawn.height == 2 * ROW


def test_the_parts_of_a_bar_follow_each_other() -> None:
    (bar,) = draw_bars([("a", "4", [("refused", 1), ("bounced", 0), ("retrying", 3)])]).bars

    assert [(part.kind, part.left, part.width) for part in bar.parts] == [("refused", 0, 25), ("retrying", 25, 75)]


def test_what_is_there_at_all_can_be_seen_and_stays_inside() -> None:
    rare, frequent = draw_bars([("a", "", [("busy", 1)]), ("b", "", [("busy", 99_999), ("refused", 1)])]).bars

    assert rare.parts[0].width == THINNEST
    assert all(part.left + part.width <= 100 for part in frequent.parts)


def test_nothing_at_all_is_drawn_as_nothing() -> None:
    (bar,) = draw_bars([("a", "0", [("busy", 0)])]).bars

    assert bar.parts == ()
    assert draw_bars([]).height == 0


def test_a_label_that_is_too_long_for_a_telephone_is_cut() -> None:
    (bar,) = draw_bars([("x" * 80 + ".example", "1", [("busy", 1)])]).bars

    assert len(bar.label) == 30
    assert bar.label.endswith("…")


def test_failed_mails_stand_on_those_that_were_sent() -> None:
    (column,) = draw_columns(minutes((6, 4))).columns

    assert column.sent_height + column.failed_height == PLOT
    assert column.sent_y + column.sent_height == ABOVE + PLOT
    assert column.failed_y + column.failed_height == pytest.approx(column.sent_y)
    assert column.failed_y == ABOVE


def test_columns_stand_beside_each_other_from_edge_to_edge() -> None:
    columns = draw_columns(minutes(*[(1, 0)] * 60)).columns

    assert columns[0].left == 0
    assert 99 < columns[-1].left + columns[-1].width <= 100
    assert all(one.left + one.width < after.left for one, after in itertools.pairwise(columns))


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (4, 4), (5, 5), (10, 10), (11, 20), (50, 50), (51, 100), (999, 1000), (1001, 2000)]
)
def test_the_highest_line_is_a_round_number(value: int, top: int) -> None:
    assert round_up(value) == top


def test_an_hour_without_mails_has_lines_too() -> None:
    drawn = draw_columns(minutes(*[(0, 0)] * 60))

    assert drawn.lines == ((ABOVE + PLOT, 0), (ABOVE + PLOT / 2, 2), (ABOVE, 4))
    assert {one.sent_height for one in drawn.columns} == {0}
