"""Finding posts whose requests would reach nobody, before somebody asks for one (``flask routing check``, S34)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from shared.domain import routing
from shared.domain.environments import Environment
from shared.domain.organisations import OperatorStatus
from shared.domain.roles import RoleKind
from shared.models import Organisation, Post
from shared.services.role_request_offices import OfficeDirectory, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWithoutRecipient:
    """A post that can be asked for while nobody could decide."""

    post_id: UUID
    code: str | None
    """The post's code number; the organisation's reference names those that have none."""
    reference: str
    name: str
    country: str | None


def check(session: Session, environment: Environment) -> list[PostWithoutRecipient]:
    """List every post that takes requests and for which no office at any level has a living recipient.

    No applicant is left out: where the only person in charge asks, routing finds that out by itself. An operator that
    is new is not among them, since nobody but its creator can ask for it.

    Args:
        session: any transaction.
        environment: which of the two.

    Returns:
        In the order of kind, name and code; empty when all is well.
    """
    directory = OfficeDirectory(session, environment=environment, applicant=None)
    posts = session.scalars(
        select(Post)
        .join(Organisation)
        .where(
            Post.environment == environment,
            Post.kind.in_(list(RoleKind)),
            Organisation.takes_requests,
            Organisation.status == OperatorStatus.VALID,
        )
        .order_by(Post.kind, Organisation.search_name, Post.code, Post.id)
        .options(contains_eager(Post.organisation))
    )
    return [_named(post) for post in posts if not _has_recipient(post, directory)]


def _has_recipient(post: Post, directory: OfficeDirectory) -> bool:
    # From the top: the Commission and the national authorities are few and asked once, the organisations are many.
    return any(directory.lives(office) for step in reversed(routing.route(facts_of(post))) for office in reversed(step))


def _named(post: Post) -> PostWithoutRecipient:
    return PostWithoutRecipient(
        post_id=post.id,
        code=post.code,
        reference=post.organisation.reference,
        name=post.organisation.name,
        country=post.country,
    )
