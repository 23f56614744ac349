from pathlib import Path

from demo.child import Child, Pace, Program


def child_of_a_sleeper() -> Child:
    return Child(Program(name="sleeper", words=(), variables={}, folder=Path()), Pace())


def test_the_wait_doubles_up_to_ten_seconds() -> None:
    child = child_of_a_sleeper()

    child._started = 1_000.0

    assert [child.plan_restart(now=1_000.0 + death) for death in range(7)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_program_that_lived_thirty_seconds_has_a_clean_slate() -> None:
    child = child_of_a_sleeper()
    child._started = 1_000.0
    for death in range(4):
        child.plan_restart(now=1_000.0 + death)
    child._started = 2_000.0

    assert child.plan_restart(now=2_029.9) == 8
    child._started = 3_000.0
    assert child.plan_restart(now=3_030.0) == 0.5


def test_ten_deaths_within_a_minute_are_too_many_and_nine_are_not() -> None:
    child = child_of_a_sleeper()

    assert None not in [child.plan_restart(now=float(death)) for death in range(9)]
    assert child.plan_restart(now=61.0) is not None
    assert child.plan_restart(now=60.9) is None
