"""Writing reference data so that loading the same again changes nothing."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.operators import look_alike_key
from shared.domain.organisations import OrganisationKind
from shared.domain.searching import fold_for_search, search_name
from shared.models import Organisation, Post

REFERENCE_MAX = 56
"""Characters of a made reference: it is the local part of a demo mailbox, which may have 64 (RFC 5321 4.5.3.1)."""
LOAD_LOCK = 0x6A7E_10AD
"""The advisory lock under which PostgreSQL lets one load run after the other; SQLite has one writer anyway."""
_CHUNK = 500


@dataclass(slots=True)
class Tally:
    """Rows by what became of them."""

    loaded: int = 0
    updated: int = 0
    unchanged: int = 0

    def count(self, *, is_new: bool, is_changed: bool) -> None:
        """Count one row."""
        if is_new:
            self.loaded += 1
        elif is_changed:
            self.updated += 1
        else:
            self.unchanged += 1


def wait_for_turn(session: Session) -> None:
    """Wait until no other transaction loads, so that two loads cannot both make the same organisation."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOAD_LOCK)))


def change(row: object, **values: Any) -> bool:
    """Set what differs; True when anything did."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def names(name: str) -> dict[str, str]:
    """The three columns that follow from the name of an organisation."""
    return {"name": name, "search_name": search_name(name), "look_alike_key": look_alike_key(name)}


def made_reference(*parts: str, taken: set[str]) -> str:
    """Make a reference for an organisation without a code: ``nl-control-union-certifications``.

    The same parts give the same reference in every installation; a name that is too long, in an alphabet without Latin
    letters, or equal to another one but for its punctuation, gets a few digits of its hash. The reference is added to
    ``taken``.
    """
    text = fold_for_search(" ".join(parts))
    slug = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    head = re.sub(r"[^a-z0-9]+", "-", fold_for_search(" ".join(parts[:-1]))).strip("-")
    if len(slug) > REFERENCE_MAX or slug in taken or slug == head:
        digits = hashlib.sha256(text.encode()).hexdigest()[:8]
        slug = f"{slug[: REFERENCE_MAX - 9].rstrip('-')}-{digits}".lstrip("-")
    taken.add(slug)
    return slug


def references(session: Session, environment: Environment) -> set[str]:
    """The references in use in an environment, but for those of operators, which are TRACES numbers."""
    return set(
        session.scalars(
            select(Organisation.reference).where(
                Organisation.environment == environment, Organisation.kind != OrganisationKind.OPERATOR
            )
        )
    )


def others_codes(
    session: Session, *, environment: Environment, kind: OrganisationKind, codes: Iterable[str]
) -> dict[str, str]:
    """Say which of these codes or TRACES numbers belong to organisations of another kind, and of which."""
    wanted = sorted(set(codes))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        posts = select(Post.code, Post.kind).where(
            Post.environment == environment, Post.code.in_(chunk), Post.kind != kind
        )
        organisations = select(Organisation.reference, Organisation.kind).where(
            Organisation.environment == environment, Organisation.reference.in_(chunk), Organisation.kind != kind
        )
        found |= {str(code): other for code, other in session.execute(posts.union(organisations))}
    return found
