"""Mails of every template, caused as the product causes them, and what is written in them; see ``tests.builders``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Account, Email, Link, Organisation, Post, RoleRequest
from shared.services import profiles, role_request_ladder
from shared.services.email_change_confirm import confirm_change
from shared.services.email_changes import ask_for_change
from shared.services.passwords import change_password
from shared.services.role_request_decide import decide
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.sign_up import SignUp, send_password_link, sign_up
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_cca, a_member, one_in_charge, token_for, without_codes
from tests.builders_links import token_of
from tests.builders_role_requests import ask
from tests.conftest import NOW
from worker.letters import Parts, render
from worker.obstacles import ready_to_send


@dataclass(frozen=True, slots=True)
class Town:
    """An operator with its administrator, two authorities of its country with one member each, and an applicant."""

    session: Session
    settings: Settings
    environment: Environment
    applicant: Account
    operator: Organisation
    administrator: Account
    authority: Organisation
    approver: Account
    other_approver: Account
    now: datetime

    @property
    def post(self) -> Post:
        return self.operator.posts[0]

    def asks(self, *posts: Post, **changes: Any) -> RoleRequest:
        """The applicant asks for posts (the operator's without any)."""
        values = {"environment": self.environment, "now": self.now} | changes
        if not posts and "new_operator" not in changes and "control_body_id" not in changes:
            posts = (self.post,)
        return ask(self.session, self.applicant, *posts, **values).role_request

    def is_routed(self, *posts: Post, **changes: Any) -> RoleRequest:
        """What the applicant asks for has reached everybody who may decide."""
        role_request = self.asks(*posts, **changes)
        route(self.session, role_request.id, settings=self.settings, now=self.now)
        self.session.flush()
        return role_request

    def decides(self, role_request: RoleRequest, decision: Decision, **changes: Any) -> None:
        """The first authority decides (or whoever holds ``token``), without a code."""
        token = changes.pop("token", None) or token_for(self.session, self.settings, role_request, self.approver)
        values = {"settings": without_codes(self.settings), "now": self.now}
        decide(self.session, decision=decision, token=token, **values | changes).or_raise()
        self.session.flush()

    def is_about_to_decide(self, role_request: RoleRequest, decision: Decision, **changes: Any) -> None:
        """The first authority presses a button in a browser that is not remembered: a code is mailed."""
        token = token_for(self.session, self.settings, role_request, self.approver)
        values = {"settings": self.settings, "now": self.now}
        decide(self.session, decision=decision, token=token, **values | changes)
        self.session.flush()

    def mail(self, template: str, to: Account | None = None) -> Email:
        """The newest mail of a template (to somebody)."""
        mails = select(Email).where(Email.template == template).order_by(Email.created_at.desc()).limit(1)
        return self.session.scalars(mails if to is None else mails.where(Email.recipient == to.email)).one()


def a_town(
    session: Session,
    settings: Settings,
    *,
    environment: Environment = Environment.PRODUCTION,
    operator_name: str = "ALPRO Comm.V.A.",
    first_name: str = "Ann",
    last_name: str = "Peeters",
    now: datetime = NOW,
    **reader: Any,
) -> Town:
    """Everybody reads mails as ``reader`` says, such as ``email_language`` and ``time_zone``."""
    operator = an_organisation(session, environment=environment, name=operator_name, traces_number="BE-ORG-OP-5")
    authority = a_cca(session, environment=environment, name="Vlaamse Overheid", reference="BE0023")
    other = a_cca(session, environment=environment, name="Service public de Wallonie", reference="BE0024")
    return Town(
        session=session,
        settings=settings,
        environment=environment,
        applicant=an_account(
            session, email="ann.peeters@alpro.example", first_name=first_name, last_name=last_name, **reader
        ),
        operator=operator,
        administrator=one_in_charge(session, operator, first_name="Bo", last_name="Janssens", **reader),
        authority=authority,
        approver=a_member(session, authority, first_name="Carla", last_name="Decider", **reader),
        other_approver=a_member(session, other, first_name="Dirk", last_name="Wouters", **reader),
        now=now,
    )


def _password(town: Town) -> Email:
    send_password_link(town.session, town.applicant, settings=town.settings, now=town.now)
    return town.mail("password")


def _already_registered(town: Town) -> Email:
    form = SignUp(
        first_name="Ann", last_name="Peeters", email=town.applicant.email, email_language="en", ui_language="en"
    )
    sign_up(town.session, form, settings=town.settings, now=town.now)
    return town.mail("already-registered")


def _password_changed(town: Town) -> Email:
    change_password(town.session, town.applicant, "$argon2id$other", now=town.now)
    return town.mail("password-changed")


def _name_changed(town: Town) -> Email:
    accepted(town)
    profiles.change(
        town.session,
        account=town.applicant,
        last_name=f"{town.applicant.last_name}-Smit",
        confirm_person=True,
        now=town.now,
    )
    return town.mail("name-changed", town.administrator)


def _confirm_address(town: Town, *, address: str = "ann@colzagro.example") -> Email:
    ask_for_change(town.session, town.applicant.id, address, settings=town.settings, now=town.now)
    return town.mail("confirm-address")


def _address_in_use(town: Town) -> Email:
    ask_for_change(town.session, town.applicant.id, town.administrator.email, settings=town.settings, now=town.now)
    return town.mail("address-in-use")


def _approve_address(town: Town) -> Email:
    _confirm_address(town)
    return town.mail("approve-address")


def _address_changed(town: Town) -> Email:
    _confirm_address(town)
    for template in ("confirm-address", "approve-address"):
        link = town.session.get_one(Link, town.mail(template).link_id)
        confirm_change(town.session, token_of(link, town.settings), settings=town.settings, now=town.now)
    return town.mail("address-changed", town.applicant)


def _request_received(town: Town) -> Email:
    town.asks()
    return town.mail("request-received")


def _decide(town: Town) -> Email:
    town.is_routed()
    return town.mail("decide", town.approver)


def _reminder(town: Town) -> Email:
    town.is_routed()
    role_request_ladder.advance(town.session, settings=town.settings, now=town.now + timedelta(days=7))
    return town.mail("reminder", town.approver)


def _code(town: Town) -> Email:
    town.is_about_to_decide(town.is_routed(), Decision.ACCEPT)
    return town.mail("code", town.approver)


def _closed(town: Town) -> Email:
    accepted(town)
    return town.mail("closed", town.other_approver)


def _outcome(town: Town) -> Email:
    accepted(town)
    return town.mail("outcome", town.applicant)


def _expired(town: Town) -> Email:
    town.is_routed()
    role_request_ladder.advance(town.session, settings=town.settings, now=town.now + timedelta(days=30))
    return town.mail("expired", town.applicant)


def _colleague_joined(town: Town) -> Email:
    accepted(town)
    return town.mail("colleague-joined", town.administrator)


def accepted(town: Town) -> RoleRequest:
    """The applicant asked for the operator's post and was let in."""
    role_request = town.is_routed()
    town.decides(role_request, Decision.ACCEPT)
    return role_request


CAUSES: dict[str, Callable[[Town], Email]] = {
    "password": _password,
    "already-registered": _already_registered,
    "password-changed": _password_changed,
    "name-changed": _name_changed,
    "confirm-address": _confirm_address,
    "address-in-use": _address_in_use,
    "approve-address": _approve_address,
    "address-changed": _address_changed,
    "request-received": _request_received,
    "decide": _decide,
    "reminder": _reminder,
    "code": _code,
    "closed": _closed,
    "outcome": _outcome,
    "expired": _expired,
    "colleague-joined": _colleague_joined,
}


def written(town: Town, email: Email, *, now: datetime | None = None) -> Parts:
    """What stands in a mail that is handed over when it was queued (or ``now``), as the worker writes it."""
    contents = ready_to_send(town.session, email, settings=town.settings, now=now or email.created_at)
    assert contents is not None, email.reason
    return render(email.template, language=email.language, contents=contents)
