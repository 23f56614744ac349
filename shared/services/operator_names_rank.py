"""Giving operators ranks in the order of their names, and noting by rank which pieces a name holds (0034)."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Text,
    Uuid,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.searching import pieces
from shared.models import Base, NamePiece, OperatorName, RankedNames, UnrankedName
from shared.settings import Settings

BLOCK = 64
"""Operators in a row of ``RankedNames``."""
ID_LENGTH = 16
MOST_UNRANKED = 2_000
"""Operators that a search looks through one by one beside those with a rank."""
EVERYBODY = "every operator"
"""What is noted beside pieces of words has a blank in it, as no word has."""
RANK_LOCK = 0x6A7E_5E1F
"""The advisory lock under which one process gives ranks; SQLite has one writer anyway."""
_AT_ONCE = 20_000
"""Operators whose pieces are gathered before they go into bitmaps: more would take memory, fewer time."""
_ROWS = 1_000
"""Rows in one statement."""


def country_piece(country: str) -> str:
    """Name what is noted of the operators of a country."""
    return f"country {country}"


def activity_piece(code: str) -> str:
    """Name what is noted of operators with an activity."""
    return f"activity {code}"


def rank(session: Session, *, settings: Settings, now: datetime) -> int:
    """Do ``rank_many``, as a chore."""
    del settings, now
    return rank_many(session)


def rank_many(session: Session) -> int:
    """Give ranks anew where more than 2 000 operators have none; searches go on meanwhile and find everything.

    Half a minute to a minute for a million operators, in which nobody waits on PostgreSQL; a few seconds for a hundred
    thousand on SQLite, where no one else writes meanwhile.

    Returns:
        How many had none before; 0 when nothing was done.
    """
    if session.get_bind().dialect.name == "postgresql" and not session.scalar(
        select(func.pg_try_advisory_xact_lock(RANK_LOCK))
    ):
        return 0
    some = select(UnrankedName.organisation_id).limit(MOST_UNRANKED + 1).subquery()
    if session.scalars(select(func.count()).select_from(some)).one() <= MOST_UNRANKED:
        return 0
    return rank_all(session)


def rank_all(session: Session) -> int:
    """Give ranks anew, whether it pays or not.

    Returns:
        How many operators had none before.
    """
    # Read before the names are, and taken away as they were read: who changes in between stays without a rank.
    unranked = session.execute(select(UnrankedName.organisation_id, _version(session))).all()
    for environment in Environment:
        _rank(session, environment)
    for start in range(0, len(unranked), _AT_ONCE):
        _take_off(session, unranked[start : start + _AT_ONCE])
    return len(unranked)


def _version(session: Session) -> ColumnElement[str]:
    """What changes whenever a row does; on SQLite nothing can while this transaction writes."""
    return literal_column("''" if session.get_bind().dialect.name == "sqlite" else "unranked_names.xmin::text")


def _take_off(session: Session, unranked: Sequence[Row[UUID, str]]) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(delete(UnrankedName))
        return
    ids, versions = (list(column) for column in zip(*unranked, strict=True))
    read = (
        func.unnest(literal(ids, ARRAY(Uuid())), literal(versions, ARRAY(Text())))
        .table_valued("id", "version")
        .render_derived()
    )
    row = tuple_(UnrankedName.organisation_id, _version(session))
    statement = delete(UnrankedName).where(row.in_(select(read.c.id, read.c.version)))
    session.execute(statement, execution_options={"synchronize_session": False})


def _rank(session: Session, environment: Environment) -> None:
    order = (OperatorName.search_name, OperatorName.organisation_id)
    names = session.execute(
        select(*order, OperatorName.country, OperatorName.activities)
        .where(OperatorName.environment == environment)
        .order_by(*order),
        execution_options={"yield_per": _AT_ONCE},
    )
    blocks: list[dict[str, Any]] = []
    bitmaps: dict[str, BitMap] = defaultdict(BitMap)
    count = 0
    for some in names.partitions():
        gathered: dict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, (name, key, country, activities) in enumerate(some, start=count):
            if number % BLOCK == 0:
                blocks.append({"block": number // BLOCK, "first_name": name, "organisation_ids": bytearray()})
            blocks[-1]["organisation_ids"] += key.bytes
            for piece in _all_pieces(name, country, activities):
                gathered[piece].append(number)
        for piece, ranks in gathered.items():
            bitmaps[piece] |= BitMap(ranks)
        count += len(some)
    _store(session, environment, blocks, bitmaps)


def _all_pieces(name: str, country: str | None, activities: list[str]) -> Iterator[str]:
    yield EVERYBODY
    yield from pieces(name)
    yield from map(activity_piece, activities)
    if country is not None:
        yield country_piece(country)


def _store(
    session: Session, environment: Environment, blocks: list[dict[str, Any]], bitmaps: dict[str, BitMap]
) -> None:
    for model in (RankedNames, NamePiece):
        session.execute(delete(model).where(model.environment == environment))
    rows = ({**block, "organisation_ids": bytes(block["organisation_ids"])} for block in blocks)
    _insert(session, RankedNames, environment, rows)
    rows = ({"piece": piece, "ranks": _packed(ranks)} for piece, ranks in bitmaps.items())
    _insert(session, NamePiece, environment, rows)


def _packed(ranks: BitMap) -> bytes:
    ranks.run_optimize()
    return bytes(ranks.serialize())


def _insert(session: Session, model: type[Base], environment: Environment, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, _ROWS)):
        session.execute(insert(model), [{"environment": environment, **row} for row in some])
