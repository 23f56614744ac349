"""The search for authorities of step 2 (R47 to R49)."""

from sqlalchemy.orm import Session, contains_eager

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.organisations import N_, AuthorityRole, OrganisationKind
from shared.models import Organisation, Post
from shared.services.organisations_items import AuthorityItem, authority_item
from shared.services.posts_search import name_and_id, posts_of_kind, rows_after
from shared.services.search_pages import BY_NAME, LIMIT_DEFAULT, Page, page_of


def search_authorities(
    session: Session,
    *,
    environment: Environment,
    country: str | None = None,
    role: str | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[AuthorityItem]:
    """Search authorities that take requests, ordered by name then id (R47).

    Args:
        session: a transaction, reading is enough.
        environment: where.
        country: code, English name or label; None for any.
        role: ``BCP`` or ``CCA``, any case; None for both.
        name: as for operators.
        cursor: as for operators.
        limit: as for operators.

    Raises:
        FieldErrors: by filter.
    """
    statement = posts_of_kind(environment, OrganisationKind.AUTHORITY, country, name).where(Organisation.takes_requests)
    if role and role.strip():
        statement = statement.where(Organisation.role == _role(role))
    rows = rows_after(session, statement.options(contains_eager(Post.organisation)), BY_NAME, cursor, limit)
    return page_of(rows, limit, item=authority_item, place=name_and_id)


def _role(role: str) -> AuthorityRole:
    try:
        return AuthorityRole(role.strip().upper())
    except ValueError:
        raise FieldErrors({"role": [N_("Choose BCP or CCA.")]}) from None
