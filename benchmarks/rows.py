"""What is done all day, with very many rows behind it that are over: the cost must not grow with them.

Each act is the product's own service in a transaction of its own that is rolled back afterwards, one at a time and the
same again and again: no commit, nobody else, everything in memory. Plans are PostgreSQL's with new statistics.
"""

import os
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.databases import on_postgresql, on_sqlite
from benchmarks.figures import print_table, quantiles
from benchmarks.operators import bring_up_to_date
from benchmarks.rows_acts import ACTS, Act, Scene, a_scene
from benchmarks.rows_behind import TABLES, write_behind
from shared.db import Database
from shared.settings import load_settings

BEHIND = (0, 10_000, 1_000_000)
"""Rows in each table."""
QUICK_BEHIND = (0, 10_000, 100_000)
REPEATS = 15
"""Of each act in a round."""
WARM_UP = 3
CHUNK = 100_000
"""Rows written in one transaction."""


def run(*, rounds: int = 3, quick: bool = False) -> None:
    """Write the rows, act and print; the same database grows from one number of rows to the next."""
    os.environ.setdefault("SECRET_KEYS", secrets.token_urlsafe(40))
    for name, databases in (("PostgreSQL", on_postgresql("rows")), ("SQLite", on_sqlite())):
        for database in databases:
            _grow(name, database, QUICK_BEHIND if quick else BEHIND, rounds)


def _grow(name: str, database: Database, numbers: tuple[int, ...], rounds: int) -> None:
    bring_up_to_date(database.engine)
    settings = replace(load_settings(), rate_limits=True)
    with database.transaction() as session:
        scene = a_scene(session, settings)
    figures: dict[str, dict[str, float | str]] = defaultdict(dict)
    written = 0
    for behind in numbers:
        print(f"\n{name}: writing {behind - written} rows into each table", flush=True)
        _write(database, scene, written, behind)
        written = behind
        for act in ACTS:
            found = quantiles(_measure(database, scene, act, WARM_UP + rounds * REPEATS))
            figures[act.name][f"{behind}: p50"] = found["p50"]
            figures[act.name][f"{behind}: p95"] = found["p95"]
    print_table(f"{name}, by rows behind in each of {', '.join(TABLES)}: ms", list(figures.items()))


def _write(database: Database, scene: Scene, written: int, behind: int) -> None:
    for first in range(written, behind, CHUNK):
        with database.engine.begin() as connection:
            write_behind(
                connection,
                first + 1,
                min(first + CHUNK, behind),
                people=scene.people,
                office=scene.office.id,
                post=scene.post,
                now=scene.now,
            )
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # What autovacuum does by itself after a while; nobody does it on SQLite.
            connection.execute(text("VACUUM ANALYZE"))


def _measure(database: Database, scene: Scene, act: Act, times: int) -> list[float]:
    samples = []
    for _ in range(times):
        with _rolled_back(database) as session:
            act.prepare(session, scene)
            began = time.perf_counter()
            act.do(session, scene)
            samples.append((time.perf_counter() - began) * 1000)
            if not act.is_done(session):
                raise RuntimeError(f"nothing was done: {act.name}")
    return samples[WARM_UP:]


@contextmanager
def _rolled_back(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session
        session.rollback()
