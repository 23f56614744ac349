"""Mails to whoever decides, in every state; see ``variants``."""

from datetime import timedelta

from sqlalchemy import select

from shared.models import Account, Email, Organisation
from shared.services.role_request_verdict import Decision
from tests.builders_decisions import a_cca, a_commission, token_for
from tests.builders_mails import CAUSES, Town
from tests.builders_role_requests import a_control_body, new_operator_fields
from tests.mails.to_applicants import REASON, a_mill_in_france, later, more_posts, takes_back

CODES = [f"{country}-BIO-149" for country in "AE AL AM AR BA BO BR CH CL CN CO CR DO EC EG GE GH IL IN".split()]


def _asked(town: Town, to: Account | None = None) -> Email:
    town.session.expire_all()
    return town.mail("decide", to)


def _to_commission(town: Town) -> Email:
    statement = select(Email).where(Email.template == "decide", Email.recipient == "commission@commission.example")
    return town.session.scalars(statement).one()


def _many_posts(town: Town) -> Email:
    town.is_routed(town.post, *more_posts(town, 2))
    return _asked(town, town.approver)


def _own_organisation(town: Town) -> Email:
    town.is_routed()
    return _asked(town, town.administrator)


def _new_operator(town: Town) -> Email:
    body = a_control_body(town.session, "AE-BIO-149", environment=town.environment)
    town.is_routed(new_operator=new_operator_fields(body.id))
    return _asked(town, town.approver)


def _with_mailbox(town: Town) -> Organisation:
    return a_cca(
        town.session,
        environment=town.environment,
        country="NL",
        name="Ministerie van Landbouw",
        mailbox_email="office@authority.example",
    )


def _mailbox(town: Town) -> Email:
    _with_mailbox(town)
    town.is_routed(a_control_body(town.session, "AE-BIO-149", environment=town.environment).posts[0])
    return _asked(town)


def _mailbox_all_countries(town: Town) -> Email:
    _with_mailbox(town)
    town.is_routed(control_body_id=a_control_body(town.session, *CODES, environment=town.environment).id)
    return _asked(town)


def _mailbox_many_organisations(town: Town) -> Email:
    _with_mailbox(town)
    bodies = [
        a_control_body(
            town.session, f"AE-BIO-{number + 101}", environment=town.environment, name=f"Controle {number + 1} B.V."
        )
        for number in range(12)
    ]
    town.is_routed(*(body.posts[0] for body in bodies))
    return _asked(town)


def _border_control_post(town: Town) -> Email:
    post = a_cca(town.session, environment=town.environment, name="Bruxelles Zaventem", role="BCP").posts[0]
    town.is_routed(post)
    return _asked(town, town.approver)


def _central_authority(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed(town.authority.posts[0])
    return _to_commission(town)


def _outside_union(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed(a_control_body(town.session, "AE-BIO-149", environment=town.environment, country="CH").posts[0])
    return _to_commission(town)


def _no_seat(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed(a_control_body(town.session, "AE-BIO-149", environment=town.environment, country=None).posts[0])
    return _to_commission(town)


def _nobody_below(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed(a_mill_in_france(town))
    return _to_commission(town)


def _next_level(town: Town) -> Email:
    a_commission(town.session, environment=town.environment)
    town.is_routed()
    later(town, 14)
    return _to_commission(town)


def _reminder_to_mailbox(town: Town) -> Email:
    _mailbox(town)
    later(town, 7)
    return town.mail("reminder")


def _late_reminder(town: Town) -> Email:
    town.is_routed()
    later(town, 14)
    return town.mail("reminder", town.approver)


def _reminder_for_many(town: Town) -> Email:
    town.is_routed(town.post, *more_posts(town, 2))
    later(town, 7)
    return town.mail("reminder", town.approver)


def _code_for(town: Town, decision: Decision, posts: int = 1, **changes: object) -> Email:
    town.is_about_to_decide(town.is_routed(town.post, *more_posts(town, posts - 1)), decision, **changes)
    return town.mail("code", town.approver)


def _code_with_digits_in_the_address(town: Town) -> Email:
    town.approver.email = "office20261109@authority.example"
    return CAUSES["code"](town)


def _closed(town: Town) -> Email:
    town.session.flush()
    town.session.expire_all()
    return town.mail("closed", town.other_approver)


def _closed_by_rejection(town: Town) -> Email:
    town.decides(town.is_routed(), Decision.REJECT, reason=REASON)
    return _closed(town)


def _closed_by_several(town: Town) -> Email:
    role_request = town.is_routed(town.post, *more_posts(town, 2))
    first, *others = (item.id for item in role_request.items)
    token = token_for(town.session, town.settings, role_request, town.approver)
    town.decides(role_request, Decision.ACCEPT, token=token, item_ids=[first])
    at = town.now + timedelta(hours=1)
    town.decides(role_request, Decision.REJECT, token=token, item_ids=others, reason=REASON, now=at)
    return _closed(town)


def _closed_by_somebody_gone(town: Town, decision: Decision = Decision.ACCEPT) -> Email:
    role_request = town.is_routed()
    town.decides(role_request, decision, reason=REASON)
    role_request.items[0].decided_by_assignment_id = None
    return _closed(town)


def _closed_by_applicant(town: Town) -> Email:
    takes_back(town)
    return _closed(town)


def _closed_by_time(town: Town) -> Email:
    CAUSES["expired"](town)
    return _closed(town)


def _closed_to_mailbox(town: Town) -> Email:
    _mailbox(town)
    later(town, 30)
    return town.mail("closed")


STATES = {
    "decide": {
        "national authority": CAUSES["decide"],
        "many posts": _many_posts,
        "own organisation": _own_organisation,
        "new operator": _new_operator,
        "mailbox": _mailbox,
        "mailbox, all countries": _mailbox_all_countries,
        "mailbox, many organisations": _mailbox_many_organisations,
        "border control post": _border_control_post,
        "central authority": _central_authority,
        "outside the union": _outside_union,
        "no seat": _no_seat,
        "nobody below": _nobody_below,
        "next level": _next_level,
        "without a code": CAUSES["decide"],
    },
    "reminder": {
        "after seven days": CAUSES["reminder"],
        "many posts": _reminder_for_many,
        "last step": _late_reminder,
        "mailbox": _reminder_to_mailbox,
    },
    "code": {
        "to accept": CAUSES["code"],
        "to accept many": lambda town: _code_for(town, Decision.ACCEPT, 3),
        "to accept as administrator": lambda town: _code_for(town, Decision.ACCEPT, grant_administrator=True),
        "to reject": lambda town: _code_for(town, Decision.REJECT, reason=REASON),
        "to reject many": lambda town: _code_for(town, Decision.REJECT, 3, reason=REASON),
        "digits in the address": _code_with_digits_in_the_address,
    },
    "closed": {
        "accepted": CAUSES["closed"],
        "rejected": _closed_by_rejection,
        "several endings": _closed_by_several,
        "accepted, office gone": _closed_by_somebody_gone,
        "rejected, office gone": lambda town: _closed_by_somebody_gone(town, Decision.REJECT),
        "taken back": _closed_by_applicant,
        "expired": _closed_by_time,
        "mailbox": _closed_to_mailbox,
    },
}
