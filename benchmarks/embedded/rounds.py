"""A whole installation by itself: what people wait for, and what it takes."""

import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.embedded.acts import (
    accepted_to_inbox,
    known_and_unknown,
    let_drain,
    memory_mib,
    sign_up_answers,
    sign_ups_per_second,
)
from benchmarks.embedded.profiles import profiles
from benchmarks.figures import print_table, quantiles
from benchmarks.servers import Servers
from tests.e2e.installation import installation

Samples = defaultdict[str, list[float]]


def run(servers: Servers | None, *, rounds: int, quick: bool) -> None:
    """Measure each profile in turn, so many times, and print."""
    posts, mails = (60, 10) if quick else (300, 50)
    answers, crowds, inbox, memory, starts, tells = (Samples(list) for _ in range(6))
    for _ in range(rounds):
        for name, variables in profiles(servers):
            with variables as settings, tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                with installation(Path(folder) / "one", **settings) as one:
                    starts[name].append((time.perf_counter() - began) * 1000)
                    answers[name] += sign_up_answers(one, posts)
                    crowds[name].append(sign_ups_per_second(one, posts * 3, clients=8))
                    for act, found in known_and_unknown(one, posts // 5).items():
                        tells[f"{name}: {act}"] += found
                    let_drain(one)
                    inbox[name] += accepted_to_inbox(one, mails)
                    memory[name].append(memory_mib(one))
    _print_times("Sign-up by API, one client: answer in ms", answers)
    _print_rounds("Sign-up by API, 8 clients: accepted per second", crowds)
    _print_times("What the time could tell of an address: answer in ms (S8)", tells)
    _print_times("Accepted to inbox at 5 sign-ups a second: ms", inbox)
    _print_times("Start of all processes to ready: ms", starts)
    _print_rounds("Memory of all processes (proportional share), MiB", memory)


def _print_times(title: str, samples: Samples) -> None:
    print_table(title, [(name, {"n": str(len(found)), **quantiles(found)}) for name, found in samples.items()])


def _print_rounds(title: str, samples: Samples) -> None:
    print_table(
        title,
        [
            (name, {"median": sorted(found)[len(found) // 2], "lowest": min(found), "highest": max(found)})
            for name, found in samples.items()
        ],
    )
