"""Control bodies: rows of a file become bodies, posts (one per code number) and recognitions (one per regime)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared.domain.environments import Environment
from shared.domain.organisations import OrganisationKind
from shared.domain.searching import search_name
from shared.models import Organisation, Post, Recognition
from shared.services.reference_changes import Tally, change, made_reference, names, references
from shared.services.reference_row_kinds import ControlBodyRow

_Body = tuple[str, str | None]
"""Folded name and seat: what makes two rows rows of one body."""


def store_control_bodies(
    session: Session, rows: Sequence[ControlBodyRow], *, environment: Environment, now: datetime
) -> Tally:
    """Write control bodies, those that are there already over themselves.

    Of the rows of one code the one of the first regime is shown and says whose code it is (``reference.REGIMES``); it
    stays so when a later file holds only another regime. Being administrator of a body covers all its posts, so two
    names are never taken for one body unless they differ in nothing but case and accents.
    """
    shelf = _Shelf.of(session, environment)
    tally = Tally()
    changed: set[ControlBodyRow] = set()
    for body, leading in _by_body(shelf, rows):
        organisation = shelf.body(body, leading, environment, now)
        session.add(organisation)
        if _update_body(organisation, leading, shelf):
            changed.update(leading[:1])
        for row in leading:
            if _update_post(shelf.post(row.code, organisation), organisation, row):
                changed.add(row)
    for row in rows:
        recognition, is_new = _recognition(shelf.posts[row.code], row)
        values = {"categories": row.categories, "rank": row.rank, "source": row.source, "note": row.note}
        is_changed = change(recognition, **values) or row in changed
        tally.count(is_new=is_new, is_changed=is_changed)
    session.flush()
    return tally


@dataclass(slots=True)
class _Shelf:
    """Every control body of an environment: some hundreds."""

    bodies: dict[str, list[Organisation]]
    """By folded name."""
    posts: dict[str, Post]
    """By code."""
    taken: set[str]
    rank_before: dict[str, int]
    """By code: the best rank among the recognitions that were there before the file."""

    @classmethod
    def of(cls, session: Session, environment: Environment) -> "_Shelf":
        found = session.scalars(
            select(Organisation)
            .where(Organisation.environment == environment, Organisation.kind == OrganisationKind.CONTROL_BODY)
            .options(selectinload(Organisation.posts).selectinload(Post.recognitions))
            .order_by(Organisation.created_at, Organisation.id)
        ).all()
        bodies: dict[str, list[Organisation]] = defaultdict(list)
        for organisation in found:
            bodies[organisation.search_name].append(organisation)
        posts = {post.code: post for organisation in found for post in organisation.posts if post.code}
        ranks = {code: min(one.rank for one in post.recognitions) for code, post in posts.items() if post.recognitions}
        return cls(bodies, posts, references(session, environment), ranks)

    def leads(self, row: ControlBodyRow) -> bool:
        """True when nothing of a better rank is there already, so that the row is the one shown."""
        return row.rank <= self.rank_before.get(row.code, row.rank)

    def body(
        self, body: _Body, rows: Sequence[ControlBodyRow], environment: Environment, now: datetime
    ) -> Organisation:
        """Find the organisation of a body, or make it."""
        name, seat = body
        organisation = self._same_name(name, seat) or self._renamed(rows, seat)
        if organisation is None:
            organisation = Organisation(
                environment=environment,
                kind=OrganisationKind.CONTROL_BODY,
                reference=made_reference(seat or "", rows[0].name, taken=self.taken),
                country=seat,
                created_at=now,
                posts=[],
                **names(rows[0].name),
            )
        if organisation not in self.bodies[name]:
            self.bodies[name].append(organisation)
        return organisation

    def _same_name(self, name: str, seat: str | None) -> Organisation | None:
        namesakes = self.bodies[name]
        for organisation in namesakes:
            if organisation.country == seat:
                return organisation
        # One of the two sources does not say the seat: the same body, as long as there is only one it can be.
        if len(namesakes) == 1 and (seat is None or namesakes[0].country is None):
            return namesakes[0]
        return None

    def _renamed(self, rows: Sequence[ControlBodyRow], seat: str | None) -> Organisation | None:
        """Find the body that has just these codes under another name, so that its people stay with it."""
        codes = {row.code for row in rows}
        owners = {id(post.organisation): post.organisation for code in codes if (post := self.posts.get(code))}
        if len(owners) != 1:
            return None
        (owner,) = owners.values()
        same_seat = owner.country == seat or None in (owner.country, seat)
        if not same_seat or not {post.code for post in owner.posts} <= codes:
            return None
        self.bodies[owner.search_name].remove(owner)
        return owner

    def post(self, code: str, organisation: Organisation) -> Post:
        """Find the post of a code, or make it."""
        if code not in self.posts:
            post = Post(
                environment=organisation.environment, kind=OrganisationKind.CONTROL_BODY, code=code, recognitions=[]
            )
            organisation.posts.append(post)
            self.posts[code] = post
        return self.posts[code]


def _by_body(shelf: _Shelf, rows: Iterable[ControlBodyRow]) -> list[tuple[_Body, list[ControlBodyRow]]]:
    """Group the rows that lead their code by the body they belong to; bodies with a seat come first.

    Within a body the best rank comes first, then the order of the file.
    """
    by_code: dict[str, list[ControlBodyRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.rank, row.line)):
        by_code[row.code].append(row)
    seats: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.seat:
            seats[search_name(row.name)].add(row.seat)
    by_body: dict[_Body, list[ControlBodyRow]] = defaultdict(list)
    for first, *_ in by_code.values():
        if shelf.leads(first):
            name = search_name(first.name)
            only = next(iter(seats[name])) if len(seats[name]) == 1 else None
            by_body[name, first.seat or only].append(first)
    for leading in by_body.values():
        leading.sort(key=lambda row: (row.rank, row.line))
    return sorted(by_body.items(), key=lambda item: (item[0][1] is None, item[1][0].line))


def _update_body(organisation: Organisation, rows: Sequence[ControlBodyRow], shelf: _Shelf) -> bool:
    """Show the body as its first row does, unless something of a better rank is known of it already."""
    first = rows[0]
    others = [shelf.rank_before[post.code] for post in organisation.posts if post.code in shelf.rank_before]
    seat = organisation.country or next((row.seat for row in rows if row.seat), None)
    if first.rank > min(others, default=first.rank):
        return change(organisation, country=seat)
    address = next((row.address for row in rows if row.address), organisation.address or "")
    return change(
        organisation,
        **names(first.name),
        address=address,
        country=seat,
        confirmed=all(row.confirmed for row in rows),
        source=first.source,
    )


def _update_post(post: Post, organisation: Organisation, row: ControlBodyRow) -> bool:
    moved = change(post, organisation=organisation)
    return change(post, country=row.scope, printed_address=row.address) or moved


def _recognition(post: Post, row: ControlBodyRow) -> tuple[Recognition, bool]:
    for recognition in post.recognitions:
        if recognition.regime == row.regime:
            return recognition, False
    recognition = Recognition(regime=row.regime)
    post.recognitions.append(recognition)
    return recognition, True
