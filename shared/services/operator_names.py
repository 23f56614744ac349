"""Finding operators by name among a million (R33); docs/decisions/0034 tells how."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import Select, exists, literal, select, tuple_
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.searching import longest_pieces
from shared.models import NamePiece, OperatorActivity, OperatorName, RankedNames, UnrankedName
from shared.services.operator_names_rank import BLOCK, EVERYBODY, ID_LENGTH, activity_piece, country_piece

MOST_AT_ONCE = 1_000
"""Operators looked at in one statement at the most."""
_ORDER = (OperatorName.search_name, OperatorName.organisation_id)


class Place(NamedTuple):
    """Where an operator stands in the order of names."""

    search_name: str
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for.

    A name has to hold each of the ``words``, which are folded, somewhere. ``activities`` are codes, one of which has to
    fit; None for any. ``after`` is the last place of the page before; ``most``, how many are wanted.
    """

    environment: Environment
    words: Sequence[str]
    country: str | None
    activities: Sequence[str] | None
    after: Place | None
    most: int


def find(session: Session, wanted: Wanted) -> list[Place]:
    """Find the first operators in the order of names that fit.

    Args:
        session: one that sees the same state in every statement, as a reading one does: ranks may be given anew in
            between.
        wanted: what is searched for.
    """
    fitting = _fitting(wanted)
    found = set(_places(session, fitting.where(OperatorName.organisation_id.in_(_unranked(wanted))), wanted.most))
    ranks, at_once, ranked = _ranks(session, wanted), wanted.most, 0
    is_unranked = exists().where(UnrankedName.organisation_id == OperatorName.organisation_id)
    while ranked < wanted.most and (some := list(islice(ranks, at_once))):
        ids = _ids(session, wanted.environment, some)
        more = _places(session, fitting.where(OperatorName.organisation_id.in_(ids), ~is_unranked), wanted.most)
        ranked += len(more)
        found.update(more)
        at_once = min(2 * at_once, MOST_AT_ONCE)
    # The database's order, which compares ids as bytes.
    return sorted(found, key=lambda place: (place.search_name, place.organisation_id.bytes))[: wanted.most]


def _fitting(wanted: Wanted) -> Select[str, UUID]:
    """All operators that fit, whatever their rank: what the bitmaps say is checked on the operators themselves.

    Not their environment: ranks and the list of the unranked are each environment's own, and said here it would tempt
    SQLite to go through all of its names in order.
    """
    words = (OperatorName.search_name.contains(word, autoescape=True) for word in wanted.words)
    fitting = select(*_ORDER).where(*words)
    if wanted.country is not None:
        fitting = fitting.where(OperatorName.country == wanted.country)
    if wanted.activities is not None:
        activity = OperatorActivity.organisation_id == OperatorName.organisation_id
        fitting = fitting.where(exists().where(activity, OperatorActivity.activity.in_(wanted.activities)))
    if wanted.after is not None:
        place = (literal(value, column.type) for value, column in zip(wanted.after, _ORDER, strict=True))
        fitting = fitting.where(tuple_(*_ORDER) > tuple_(*place))
    return fitting


def _unranked(wanted: Wanted) -> Select[UUID]:
    return select(UnrankedName.organisation_id).where(
        UnrankedName.environment == wanted.environment,
        *(UnrankedName.search_name.contains(word, autoescape=True) for word in wanted.words),
    )


def _places(session: Session, statement: Select[str, UUID], most: int) -> list[Place]:
    return [Place(*row) for row in session.execute(statement.order_by(*_ORDER).limit(most))]


def _ranks(session: Session, wanted: Wanted) -> Iterator[int]:
    """The ranks of those that may fit, in their order, from the block on in which the page before may have ended."""
    needed = {EVERYBODY, *(piece for word in wanted.words for piece in longest_pieces(word))}
    if wanted.country is not None:
        needed.add(country_piece(wanted.country))
    any_of = {activity_piece(code) for code in wanted.activities or ()}
    bitmaps = _bitmaps(session, wanted.environment, needed | any_of)
    if not needed <= bitmaps.keys():
        return iter(())
    ranks = BitMap.intersection(*(bitmaps[piece] for piece in needed))
    if wanted.activities is not None:
        ranks &= BitMap.union(BitMap(), *(bitmaps[piece] for piece in any_of & bitmaps.keys()))
    return ranks.iter_equal_or_larger(_first_rank(session, wanted))


def _bitmaps(session: Session, environment: Environment, pieces: set[str]) -> dict[str, BitMap]:
    held = select(NamePiece.piece, NamePiece.ranks).where(
        NamePiece.environment == environment, NamePiece.piece.in_(sorted(pieces))
    )
    return {piece: BitMap.deserialize(ranks) for piece, ranks in session.execute(held)}


def _first_rank(session: Session, wanted: Wanted) -> int:
    if wanted.after is None:
        return 0
    block = (
        select(RankedNames.block)
        # Several blocks may begin with one name, and the page before may have ended in any of them.
        .where(RankedNames.environment == wanted.environment, RankedNames.first_name < wanted.after.search_name)
        .order_by(RankedNames.first_name.desc(), RankedNames.block.desc())
        .limit(1)
    )
    return BLOCK * (session.scalar(block) or 0)


def _ids(session: Session, environment: Environment, ranks: Sequence[int]) -> list[UUID]:
    blocks = select(RankedNames.block, RankedNames.organisation_ids).where(
        RankedNames.environment == environment, RankedNames.block.in_(sorted({rank // BLOCK for rank in ranks}))
    )
    ids = {block: keys for block, keys in session.execute(blocks)}  # noqa: C416 - typed rows
    starts = ((ids[rank // BLOCK], rank % BLOCK * ID_LENGTH) for rank in ranks)
    return [UUID(bytes=bytes(block[start : start + ID_LENGTH])) for block, start in starts]
