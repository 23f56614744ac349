import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.services.routing_check import check
from tests.builders import an_account, an_administrator, an_organisation
from tests.builders_decisions import a_cca, a_commission, a_member, one_in_charge
from tests.builders_role_requests import a_control_body


def named(session: Session, environment: Environment = Environment.PRODUCTION) -> list[str]:
    return [post.code or post.reference for post in check(session, environment)]


@pytest.mark.req("S34")
def test_every_post_without_a_living_recipient_at_any_level_is_named(session: Session) -> None:
    with_chief = an_organisation(session, country="BE")
    an_administrator(session, an_account(session), with_chief)
    a_member(session, a_cca(session, country="NL", reference="NL0001"))
    an_organisation(session, country="NL")
    an_organisation(session, country="BE", reference="BE-ORG-OP-5")
    a_control_body(session, "AE-BIO-149", "AF-BIO-149", country="TR")
    alone = a_control_body(session, "AE-BIO-102", country="TR")
    one_in_charge(session, alone)

    assert named(session) == ["NL0001", "AE-BIO-149", "AF-BIO-149", "BE-ORG-OP-5"]


@pytest.mark.req("S34")
def test_with_somebody_at_the_commission_every_post_has_a_recipient(session: Session) -> None:
    a_control_body(session, country=None)
    an_organisation(session, country="BE")
    commission = a_commission(session, mailbox_email=None)
    before = len(named(session))

    a_member(session, commission)

    assert (before, named(session)) == (2, [])


def test_posts_that_cannot_be_asked_for_are_not_named(session: Session) -> None:
    a_cca(session, takes_requests=False)
    an_organisation(session, status="new")
    an_organisation(session, status="rejected")

    assert named(session) == []


@pytest.mark.req("R7")
def test_an_office_of_the_other_environment_does_not_count(session: Session) -> None:
    an_organisation(session, reference="BE-ORG-OP-5")
    an_organisation(session, environment="training")
    a_commission(session, environment="training")

    assert named(session) == ["BE-ORG-OP-5"]
    assert named(session, Environment.TRAINING) == []
