"""The plan of faults: the same for the same seed, and fair to what is measured."""

from collections import Counter

from tests.chaos.plan import GAP, Fault, Menu, draw

MENU = Menu(
    broker=[("kill", 2.0), ("stop", 2.0), ("freeze", 20.0), ("flush", 0.0)],
    database=[("restart", 0.0)] * 2,
    mail=[("away", 8.0)],
)


def a_plan(seed: int = 1) -> list[Fault]:
    return draw(seed=seed, seconds=100.0, kills=60, menu=MENU)


def test_the_same_seed_draws_the_same_plan():
    assert a_plan(3) == a_plan(3)
    assert a_plan(3) != a_plan(4)


def test_everything_asked_for_is_in_it_within_the_time():
    plan = a_plan()

    assert Counter(fault.where for fault in plan) == {"kill": 60, "broker": 4, "database": 2, "mail": 1}
    assert all(fault.at >= 0 and fault.at + fault.lasting <= 100 for fault in plan)
    assert {fault.what for fault in plan if fault.where == "kill"} == {"worker", "relay", "beat", "web", "web worker"}


def test_gateway_and_database_are_left_alone_while_the_broker_is_down():
    for seed in range(20):
        plan = a_plan(seed)
        down = [(fault.at, fault.at + fault.lasting + GAP) for fault in plan if fault.where == "broker"]
        touched = [fault.at for fault in plan if fault.what in {"web", "web worker"} or fault.where == "database"]

        assert not [at for at in touched for start, end in down if start < at < end]


def test_no_more_of_one_program_die_within_a_minute_than_its_supervisor_bears():
    plan = a_plan()
    for program in ("worker", "relay", "beat", "web"):
        deaths = [fault.at for fault in plan if fault.what == program]

        assert all(sum(at <= other < at + 60 for other in deaths) < 10 for at in deaths), program
