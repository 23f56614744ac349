"""The search for operators: a million of them on PostgreSQL, a hundred thousand on SQLite.

Through the product's own service, one caller at a time, first and deep pages, 20 and 50 to a page. The database's part
is the time from sending a statement until its rows are here, of all statements of a search together; on SQLite, which
works while its rows are read, it cannot be told apart, so there the whole service stands for it.
"""

import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import event, select

from benchmarks.databases import on_postgresql, on_sqlite
from benchmarks.figures import print_table, quantiles
from benchmarks.operators import Built, build, sizes
from shared.db import Database
from shared.domain.environments import Environment
from shared.models import OperatorName
from shared.services.operator_create import look_alikes_of
from shared.services.operators_search import search_operators
from shared.services.search_pages import cursor_of

POSTGRESQL, SQLITE = 1_000_000, 100_000
KINDS = ("rare", "medium", "common", "hard", "short", "no name")
QUERIES = 240
"""Of each kind of fragment: rare, medium, common."""
RARE, COMMON = 0.0001, 0.01
"""Shares of all names up to which a fragment is rare, and from which it is common."""
AT_A_WORD = 0.6
"""Share of fragments that begin where a word does."""
HARD = [
    "weingut",
    "societa",
    "azienda agricola",
    "societa agricola",
    "cafetalera",
    "vergers",
    "domaine",
    "ltd",
    "gmbh co",
    "hof gbr",
]
"""Words that many names hold, and few of those that come first in the alphabet."""
SHORT = ["a", "sc", "q", "o.o", "a/s", "ng", "zx", "s."]
"""Too short, or too full of signs, for the indexes."""


class Query(NamedTuple):
    """One search."""

    kind: str
    filters: dict[str, Any]

    @property
    def labels(self) -> Iterator[str]:
        """The rows of the table that it counts for."""
        by = " and ".join(name for name in ("country", "activity") if name in self.filters)
        yield f"{self.kind}, {'with ' + by if by else 'by name alone'}"
        yield f"{self.kind}, {'deep' if 'cursor' in self.filters else 'first'} page"
        yield self.kind


def run(*, rounds: int = 3, quick: bool = False) -> None:
    """Build, search and print; the queries are made once and asked again in every round."""
    for name, databases, count in (
        ("PostgreSQL", on_postgresql("search"), POSTGRESQL),
        ("SQLite", on_sqlite(), SQLITE),
    ):
        operators = count // 10 if quick else count
        for database in databases:
            print(f"\n{name}: building {operators} operators", flush=True)
            _print_built(database, build(database.engine, operators))
            queries = list(_queries(database, operators, QUERIES // 4 if quick else QUERIES))
            _measure(f"{name}, {operators} operators", database, queries, 1 if quick else rounds)


def _print_built(database: Database, built: Built) -> None:
    print_table(
        "Writing them, then upgrading an installation that has them: seconds",
        [(f"{built.operators} operators", {"rows": built.rows, "upgrade": built.migrations})],
    )
    print_table("What the search takes: MiB", [(name, {"MiB": size}) for name, size in sorted(sizes(database))])


def _queries(database: Database, operators: int, count: int) -> Iterator[Query]:
    draw = random.Random(operators)
    names, everybody = _names(database)
    sample = names[:: max(1, len(names) // 20_000)]
    wanted = dict.fromkeys(("rare", "medium", "common"), count)
    while any(wanted.values()):
        name, country, activities = draw.choice(everybody)
        fragment = _fragment(draw, name)
        kind = _kind(sum(all(word in other for word in fragment.split()) for other in sample) / len(sample))
        if fragment and wanted[kind]:
            wanted[kind] -= 1
            filters = {"name": fragment, "limit": draw.choice((20, 50))}
            yield Query(kind, filters | _narrower(draw, wanted[kind], country, activities, names))
    for kind, fragments in (("hard", HARD), ("short", SHORT)):
        for number, fragment in enumerate(fragments * (count // 20)):
            _, country, activities = draw.choice(everybody)
            yield Query(
                kind, {"name": fragment} | _narrower(draw, number // len(fragments), country, activities, names)
            )
    for number in range(count):
        _, country, activities = draw.choice(everybody)
        yield Query("no name", _narrower(draw, number, country, activities, names))


def _narrower(
    draw: random.Random, number: int, country: str, activities: list[str], names: list[str]
) -> dict[str, Any]:
    """Filters and place for a query: all combinations in turn."""
    chosen: dict[str, Any] = {}
    if number & 1:
        chosen["country"] = country
    if number & 2:
        chosen["activity"] = draw.choice(activities)
    if number & 4:
        chosen["cursor"] = cursor_of([draw.choice(names), UUID(int=0)])
    return chosen


def _fragment(draw: random.Random, name: str) -> str:
    """Three to ten letters of a name; none when no three stand together."""
    begins = [0, *(place + 1 for place, letter in enumerate(name) if letter == " ")]
    begin = draw.choice(begins) if draw.random() < AT_A_WORD else draw.randrange(len(name))
    fragment = name[begin : begin + draw.randint(3, 10)].strip()
    return fragment if re.search(r"\w{3}", fragment) else ""


def _kind(share: float) -> str:
    return "rare" if share <= RARE else "common" if share > COMMON else "medium"


def _names(database: Database) -> tuple[list[str], list[tuple[str, str, list[str]]]]:
    columns = (OperatorName.search_name, OperatorName.country, OperatorName.activities)
    with database.reading() as session:
        rows = session.execute(select(*columns).where(OperatorName.environment == Environment.PRODUCTION)).all()
    return [row.search_name for row in rows], [tuple(row) for row in rows[:: max(1, len(rows) // 20_000)]]


def _measure(title: str, database: Database, queries: list[Query], rounds: int) -> None:
    whole: dict[str, list[float]] = defaultdict(list)
    inside: dict[str, list[float]] = defaultdict(list)
    alike: list[float] = []
    with database.reading() as session, _clocked(database) as clock:
        for number in range(rounds + 1):
            for query in queries:
                clock.clear()
                began = time.perf_counter()
                search_operators(session, environment=Environment.PRODUCTION, **query.filters)
                taken = (time.perf_counter() - began) * 1000
                if number:  # the first round is there to warm up
                    for label in query.labels:
                        whole[label].append(taken)
                        inside[label].append(sum(clock) * 1000)
        for query in queries[::5]:
            began = time.perf_counter()
            name = query.filters.get("name", "Nobody")
            look_alikes_of(session, environment=Environment.PRODUCTION, name=name, eori="BE000000000007")
            alike.append((time.perf_counter() - began) * 1000)
    labels = sorted(whole, key=lambda label: (KINDS.index(label.split(",")[0]), label))
    if not database.is_sqlite:
        _print(f"{title}, the database's part of a search: ms", labels, inside)
    _print(f"{title}, a search as a whole: ms", labels, whole)
    print_table(f"{title}, look-alikes of a new operator: ms", [("", {"n": str(len(alike)), **quantiles(alike)})])


def _print(title: str, labels: list[str], samples: dict[str, list[float]]) -> None:
    print_table(title, [(label, {"n": str(len(samples[label])), **quantiles(samples[label])}) for label in labels])


@contextmanager
def _clocked(database: Database) -> Iterator[list[float]]:
    """A list that grows by the seconds of each statement."""
    taken: list[float] = []

    def before(_connection: Any, _cursor: Any, _statement: Any, _values: Any, context: Any, _many: Any) -> None:
        context.began = time.perf_counter()

    def after(_connection: Any, _cursor: Any, _statement: Any, _values: Any, context: Any, _many: Any) -> None:
        taken.append(time.perf_counter() - context.began)

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    yield taken
    event.remove(database.engine, "before_cursor_execute", before)
    event.remove(database.engine, "after_cursor_execute", after)
