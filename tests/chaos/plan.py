"""What goes wrong when: drawn from a seed, so that a run can be repeated."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GAP = 4.0
"""Seconds after a fault of the broker before gateway or database are touched, so that its own effect can be told."""
BEFORE = 6.0
"""Seconds before such a fault in which they are left alone, because they may still be starting."""
SHARES = {"worker": 0.15, "relay": 0.20, "beat": 0.20, "web": 0.07, "web worker": 0.38}
"""Which share of the kills falls to which process. The first three touch nobody who waits for an answer.

A program that dies often is started again only after ten seconds: of more deaths the worker would have no time to work.
"""
AT_THE_FRONT = frozenset({"web", "web worker"})

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to do, ``at`` seconds after the beginning, ``lasting`` so many seconds."""

    at: float
    where: str
    """``broker``, ``database``, ``mail`` or ``kill``."""
    what: str
    lasting: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The faults of a profile, in any order: names, and how long each lasts."""

    broker: Sequence[tuple[str, float]]
    database: Sequence[tuple[str, float]]
    mail: Sequence[tuple[str, float]]


def draw(*, seed: int, seconds: float, kills: int, menu: Menu) -> list[Fault]:
    """Spread the kills and the faults of a menu over ``seconds``, in the order of their times.

    While the broker is down, and shortly around it, nothing is done to gateway and database: what people notice of a
    broker that is away is measured there.
    """
    dice = random.Random(seed)
    broker = list(_in_turn(dice, "broker", menu.broker, seconds))
    calm = _free([(fault.at - BEFORE, fault.at + fault.lasting + GAP) for fault in broker], seconds)
    faults = [*broker, *_in_turn(dice, "mail", menu.mail, seconds)]
    faults += [
        Fault(_place(calm, share), "database", *one)
        for share, one in zip(_spread(dice, len(menu.database)), _shuffled(dice, menu.database), strict=True)
    ]
    for target, count in _apportion(kills).items():
        room = calm if target in AT_THE_FRONT else [(0.0, seconds)]
        faults += [Fault(_place(room, share), "kill", target) for share in _spread(dice, count)]
    return sorted(faults)


def _in_turn(dice: random.Random, where: str, menu: Sequence[tuple[str, float]], seconds: float) -> Iterator[Fault]:
    """One after the other, each in a stretch of its own that grows with how long it lasts."""
    chosen = _shuffled(dice, menu)
    weights = [lasting + BEFORE + GAP for _, lasting in chosen]
    begin = 0.0
    for (what, lasting), weight in zip(chosen, weights, strict=True):
        stretch = seconds * weight / sum(weights)
        room = max(0.0, stretch - lasting)
        yield Fault(begin + dice.uniform(0.3, 0.7) * room, where, what, lasting)
        begin += stretch


def _apportion(kills: int) -> dict[str, int]:
    """Share out a number of kills so that it comes out whole."""
    counts = {name: int(kills * share) for name, share in SHARES.items()}
    names = list(SHARES)
    for number in range(kills - sum(counts.values())):
        counts[names[number % len(names)]] += 1
    return counts


def _spread(dice: random.Random, count: int) -> list[float]:
    """So many places from 0 to 1, evenly but not regularly."""
    return [(number + dice.uniform(0.2, 0.8)) / count for number in range(count)]


def _shuffled(dice: random.Random, menu: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    return dice.sample(list(menu), len(menu))


def _free(taken: Sequence[Span], seconds: float) -> list[Span]:
    """What is left of the time; all of it when nothing is."""
    free, begin = [], 0.0
    for start, end in taken:
        if start > begin:
            free.append((begin, start))
        begin = max(begin, end)
    if begin < seconds:
        free.append((begin, seconds))
    return free or [(0.0, seconds)]


def _place(room: Sequence[Span], share: float) -> float:
    """The point that lies ``share`` of the way through the spans."""
    left = share * sum(end - start for start, end in room)
    for start, end in room:
        if left <= end - start:
            return start + left
        left -= end - start
    return room[-1][1]
