from datetime import timedelta

from tests.conftest import NOW
from worker.metrics_domains import MOST_NAMED, MOST_WEIGHED, OTHER, Domains

HOUR = timedelta(hours=1)


def domains(**counts: int) -> Domains:
    """Domains after so many mails to each, chosen once."""
    found = Domains()
    for name, count in counts.items():
        found.weigh([f"{name}.example"] * count, NOW)
    found.choose(NOW)
    return found


def many(count: int) -> dict[str, int]:
    return {f"d{number:02}": 100 - number for number in range(count)}


def test_few_domains_are_all_named() -> None:
    assert domains(a=1, b=5).named == {"a.example", "b.example"}


def test_what_is_not_named_is_counted_under_other() -> None:
    found = domains(a=1)

    assert (found.label("a.example"), found.label("b.example")) == ("a.example", OTHER)


def test_twenty_are_named_at_the_most_and_they_are_the_most_frequent() -> None:
    assert domains(**many(25)).named == {f"d{number:02}.example" for number in range(MOST_NAMED)}


def test_a_wave_takes_the_place_of_the_lightest_within_an_hour() -> None:
    found = domains(**many(20))

    found.weigh(["wave.example"] * 1_000, NOW)
    found.choose(NOW + HOUR / 2)
    soon = found.named
    found.choose(NOW + HOUR)

    assert "wave.example" not in soon
    assert "wave.example" in found.named
    assert "d19.example" not in found.named


def test_equal_ones_do_not_change_places() -> None:
    found = domains(**dict.fromkeys(many(20), 10))
    before = found.named

    found.weigh(["newcomer.example"] * 12, NOW)
    found.choose(NOW + HOUR)

    assert found.named == before


def test_yesterdays_wave_makes_room() -> None:
    found = domains(**dict.fromkeys(many(20), 100))

    found.weigh(["today.example"] * 50, NOW + 36 * HOUR)
    found.choose(NOW + 36 * HOUR)

    assert "today.example" in found.named


def test_a_month_later_the_order_still_holds() -> None:
    found = domains(a=3, b=2)
    later = NOW + 40 * 24 * HOUR

    found.weigh([f"{name}.example" for name in many(30)] * 5, later)
    found.choose(later)

    assert len(found.named) == MOST_NAMED
    assert not {"a.example", "b.example"} & found.named


def test_strangers_cannot_make_the_list_long() -> None:
    found = domains(known=5)

    found.weigh([f"{number}.example" for number in range(MOST_WEIGHED * 2)], NOW)

    assert len(found._weights) <= MOST_WEIGHED
    assert found.label("known.example") == "known.example"
