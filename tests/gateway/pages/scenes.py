"""What stands around the pages: requests that were sent and routed, links in somebody's hands, what became of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.application import Gateway
from shared import clock
from shared.domain.environments import Environment
from shared.models import Account, Assignment, AuditEvent, Membership, Organisation, Post, RoleRequest, RoleRequestItem
from shared.services.role_request_decide import decide
from shared.services.role_request_route import route
from shared.services.role_request_submit import submit
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from tests.builders_decisions import mailed_code, newest_link, token_of
from tests.builders_role_requests import new_operator_fields

ALPRO, COFFEETEAM, COLZAGRO = "ALPRO Comm.V.A.", "Coffeeteam", "Colzagro"
FLANDERS = (
    "Vlaams Gewest Vlaamse Overheid, Departement Landbouw en Visserij, Afdeling Voorlichting, Doelgroepenbeleid en"
    " Kwaliteit Plant"
)
WALLONIA = (
    "Région wallonne Service public de Wallonie DG Agriculture, Ressources naturelles & Environnement Direction de la"
    " Qualité"
)
CONTROL_UNION = "Control Union Certifications"


def organisation(session: Session, name: str, environment: str = "production") -> Organisation:
    """An organisation of the demonstration, by its name."""
    return session.scalars(
        select(Organisation).where(Organisation.name == name, Organisation.environment == environment)
    ).one()


def post_of(session: Session, name: str, environment: str = "production") -> Post:
    """The one post of an operator or authority."""
    return organisation(session, name, environment).posts[0]


def post_by_code(session: Session, code: str, environment: str = "production") -> Post:
    """A post, by its code number."""
    return session.scalars(select(Post).where(Post.code == code, Post.environment == environment)).one()


def sent(
    app: Gateway,
    account: Account,
    *names: str,
    codes: Sequence[str] = (),
    environment: str = "production",
    new_operator: str | None = None,
    message: str | None = None,
) -> UUID:
    """Somebody has asked for these posts, and the offices have been asked to decide; the id of the request."""
    with app.database.transaction() as session:
        now = clock.now(session)
        posts = [post_of(session, name, environment) for name in names]
        posts += [post_by_code(session, code, environment) for code in codes]
        values = {"post_ids": [post.id for post in posts]}
        if new_operator:
            body = organisation(session, CONTROL_UNION, environment)
            values = {"new_operator": new_operator_fields(body.id, name=new_operator)}
        role_request = submit(
            session,
            account=account,
            environment=Environment(environment),
            now=now,
            rate_limits=False,
            message=message,
            **values,
        ).role_request
        route(session, role_request.id, settings=app.settings, now=now)
        return role_request.id


def link_to(app: Gateway, role_request_id: UUID, *, office: str = FLANDERS, account: Account | None = None) -> str:
    """The path of the newest decide link that was mailed to an office's mailbox, or to a person."""
    with app.database.reading() as session:
        asked = select(Assignment).where(Assignment.role_request_id == role_request_id)
        if account is not None:
            asked = asked.where(Assignment.account_id == account.id)
        else:
            asked = asked.join(Organisation).where(Organisation.name == office, Assignment.account_id.is_(None))
        assignment = session.scalars(asked.order_by(Assignment.since.desc()).limit(1)).one()
        return f"/decide/{token_of(app.settings, newest_link(session, assignment.id))}"


def code_mailed(app: Gateway) -> str:
    """The code of the mail that was handed over last."""
    with app.database.transaction() as session:
        return mailed_code(session, app.settings, now=clock.now(session))


def decided(app: Gateway, role_request_id: UUID, decision: str, *, office: str = WALLONIA) -> None:
    """Another office has decided."""
    with app.database.transaction() as session:
        assignment = session.scalars(
            select(Assignment)
            .join(Organisation)
            .where(Assignment.role_request_id == role_request_id, Organisation.name == office)
        ).one()
        code, now = None, clock.now(session)
        token = token_of(app.settings, newest_link(session, assignment.id))
    for _ in range(2):
        with app.database.transaction() as session:
            outcome = decide(
                session,
                token=token,
                decision=Decision(decision),
                settings=app.settings,
                now=now,
                reason="Not ours.",
                decider_name="Jan",
                code=code,
            )
        if not hasattr(outcome, "error"):
            return
        code = code_mailed(app)
    raise AssertionError("not decided")


def statuses(app: Gateway, role_request_id: UUID) -> list[str]:
    """Where the items of a request stand, in their order."""
    with app.database.reading() as session:
        return list(
            session.scalars(
                select(RoleRequestItem.status)
                .where(RoleRequestItem.role_request_id == role_request_id)
                .order_by(RoleRequestItem.position)
            )
        )


def requests_of(app: Gateway, account: Account) -> list[RoleRequest]:
    """What somebody has asked for, oldest first, with the items."""
    with app.database.reading() as session:
        found = session.scalars(
            select(RoleRequest).where(RoleRequest.account_id == account.id).order_by(RoleRequest.created_at)
        ).all()
        for role_request in found:
            for item in role_request.items:
                _ = item.post.organisation
        return list(found)


def names_asked(app: Gateway, account: Account) -> list[str]:
    """The organisations, or codes of control bodies, in somebody's only request."""
    (role_request,) = requests_of(app, account)
    return sorted(
        str(item.post.code) if item.post.kind == "control_body" else item.post.organisation.name
        for item in role_request.items
    )


def memberships_of(app: Gateway, account: Account) -> list[Membership]:
    """What somebody holds."""
    with app.database.reading() as session:
        return list(session.scalars(select(Membership).where(Membership.account_id == account.id)))


def events(app: Gateway, action: str) -> list[AuditEvent]:
    """What the record holds of one kind."""
    with app.database.reading() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def take_back(session: Session, account: Account, role_request_id: UUID) -> None:
    """The applicant has withdrawn the request."""
    withdraw(
        session,
        account=account,
        environment=Environment.PRODUCTION,
        role_request_id=role_request_id,
        now=clock.now(session),
    )


def now_of(session: Session) -> datetime:
    """The product's time."""
    return clock.now(session)
