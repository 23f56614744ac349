from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.models import Email
from tests.conftest import NOW


def test_a_mail_that_came_back_is_told_on_top_of_ones_profile(visitor, ann, sent):
    sent(ann, state="refused", reason="bounced 5.2.2", bounced_at=NOW, bounce_status="5.2.2", environment="production")

    assert visitor(ann).go("/production/profile").reads("A mail to you did not arrive")
    assert not visitor(ann).go("/training/profile").reads("A mail to you did not arrive")


def test_somebody_without_mails_sees_none(visitor, ann):
    assert not visitor(ann).go("/production/profile").page.select("#mails")


@pytest.mark.req("S26")
def test_nobody_sees_the_mails_of_others(visitor, ann, nora, sent):
    sent(nora, template="code")

    assert not visitor(ann).go("/production/profile").reads("Code for a decision")


def test_old_mails_are_not_shown(visitor, ann, sent):
    sent(ann, template="code", created_at=NOW - timedelta(days=30))

    assert not visitor(ann).go("/production/profile").reads("Code for a decision")


@pytest.mark.req("S7")
def test_to_strangers_a_mail_that_came_back_shows_nowhere(database, visitor, nora, sent):
    """The page that says "check your mail" would tell who has an account."""
    pages = []
    for state in ("sent", "refused"):
        with database.transaction() as session:
            for mail in session.scalars(select(Email)):
                session.delete(mail)
        sent(nora, template="password", state=state, reason="bounced 5.1.1" if state == "refused" else None)
        stranger = visitor()
        with stranger._app.test_client() as client:
            with client.session_transaction() as visit:
                visit["email"] = nora.email
            cookie = client.get_cookie("session")
        stranger.browser.cookies.set("session", cookie.value, domain="127.0.0.1", path="/")
        pages.append(stranger.go("/account/create/sent").text)

    assert nora.email in pages[0]
    assert pages[0] == pages[1]
