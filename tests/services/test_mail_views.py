from datetime import timedelta

import pytest

from shared.domain.environments import Environment
from shared.services.mail_views import mails_of_late
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW


@pytest.mark.req("R7")
def test_people_see_the_mails_of_an_environment_and_of_their_account_and_nobody_elses(session, ann, helga):
    own = [a_sent_mail(session, ann, environment=environment) for environment in ("production", None)]
    a_sent_mail(session, ann, environment="training")
    a_sent_mail(session, helga, environment="production")

    assert set(mails_of_late(session, ann, Environment.PRODUCTION, now=NOW)) == set(own)


def test_people_see_the_latest_ten_mails_of_thirty_days(session, ann):
    days = [a_sent_mail(session, ann, created_at=NOW - timedelta(days=day)) for day in (*range(12), 30)]

    assert mails_of_late(session, ann, Environment.PRODUCTION, now=NOW) == days[:10]
    assert mails_of_late(session, ann, Environment.PRODUCTION, now=NOW + timedelta(days=20)) == days[:10]
    assert mails_of_late(session, ann, Environment.PRODUCTION, now=NOW + timedelta(days=29)) == days[:1]


@pytest.mark.req("S7")
def test_people_do_not_see_whether_a_new_address_was_written_to(session, ann):
    """There is no such mail when the address belongs to another account."""
    a_sent_mail(session, ann, template="confirm-address", recipient="ann@colzagro.example")
    shown = a_sent_mail(session, ann, template="approve-address")

    assert mails_of_late(session, ann, Environment.PRODUCTION, now=NOW) == [shown]
