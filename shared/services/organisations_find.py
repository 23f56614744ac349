"""The one organisation that a command names."""

from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Function, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.domain.searching import fold_code, search_name
from shared.models import OperatorName, Organisation, Post

_MOST_NAMESAKES = 10


def find_organisation(session: Session, named: str, *, environment: Environment) -> Organisation:
    """Return the organisation with this code, reference, TRACES number or name, locked for a change.

    Case and accents do not matter, nor which of OKO, ÖKO and ØKO a code is written with. A code comes before a name.
    Operators that are not valid are not found: nobody can be let in there by a command.

    Raises:
        NotFound: there is none, or several have the name; the message then gives their references.
    """
    text = named.strip()
    found = _ids(session, environment, _with_code(text, environment)) or _ids(
        session, environment, _with_name(text, environment)
    )
    if not found:
        raise NotFound(f"No organisation in {environment} has this code, reference, TRACES number or name.")
    if len(found) > 1:
        references = ", ".join(sorted(found.values()))
        raise NotFound(f"Several organisations in {environment} are called so; give one of: {references}")
    return session.scalars(
        select(Organisation)
        .where(Organisation.id == next(iter(found)))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def folded_code(column: InstrumentedAttribute[Any]) -> Function[Any]:
    """Fold a column of codes as ``fold_code`` folds text; codes hold no other letters with marks than these two."""
    folded = func.lower(column)
    # SQLite's lower() leaves capitals beyond ASCII alone.
    for letter in "ÖöØø":
        folded = func.replace(folded, letter, "o")
    return folded


def _with_code(text: str, environment: Environment) -> CompoundSelect[UUID]:
    code = fold_code(text)
    spellings = {text, text.lower(), text.upper()}
    here = Organisation.environment == environment
    return union(
        select(Post.organisation_id).where(
            Post.environment == environment, Post.code.is_not(None), folded_code(Post.code) == code
        ),
        select(Organisation.id).where(here, Organisation.reference.in_(spellings)),
        select(Organisation.id).where(here, Organisation.traces_number.in_(spellings)),
    )


def _with_name(text: str, environment: Environment) -> CompoundSelect[UUID]:
    """Operators are many and have an index of their own; of all others there are some hundreds."""
    name = search_name(text)
    operators = select(OperatorName.organisation_id).where(
        OperatorName.environment == environment, OperatorName.search_name == name
    )
    others = select(Organisation.id).where(
        Organisation.environment == environment,
        Organisation.kind.in_([kind for kind in OrganisationKind if kind is not OrganisationKind.OPERATOR]),
        Organisation.search_name == name,
    )
    return union(operators, others)


def _ids(session: Session, environment: Environment, candidates: CompoundSelect[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Organisation.id, Organisation.reference)
        .where(
            Organisation.id.in_(candidates),
            # Said like this, no index is tempting that leads to all operators.
            Organisation.environment.concat("") == environment,
            Organisation.status == OperatorStatus.VALID,
        )
        .order_by(Organisation.reference)
        .limit(_MOST_NAMESAKES)
    )
    return {row.id: row.reference for row in rows}
