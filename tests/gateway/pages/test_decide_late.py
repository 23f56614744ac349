"""Links that come too late, or to the wrong person: each a clear page of its own, without personal data."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from shared.models import Account, Administrator, Link, Membership, RoleRequestItem
from tests.builders import a_membership, an_account, an_administrator
from tests.builders_links import a_link, token_of
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, COFFEETEAM, WALLONIA

NAMED = {"decider_name": "Jan Claes"}
pytestmark = pytest.mark.usefixtures("without_codes")


@pytest.fixture
def asked(app, ann):
    return scenes.sent(app, ann, ALPRO, message="My telephone is +32 02 123456")


@pytest.fixture
def page(app, visitor, asked):
    return visitor().go(scenes.link_to(app, asked))


@pytest.fixture
def chief(database) -> Account:
    with database.transaction() as session:
        chief = an_account(session, email="chief@alpro.example", first_name="Chris", last_name="Chief")
        alpro = scenes.organisation(session, ALPRO)
        a_membership(session, chief, alpro.posts[0])
        an_administrator(session, chief, alpro)
        return chief


def no_personal_data(page) -> bool:
    return not any(word in page.text for word in ("Ann", "Peeters", "ann@", "123456", "Jan"))


@pytest.mark.req("R71")
@pytest.mark.parametrize(("decision", "outcome"), [("accept", "Accepted"), ("reject", "Rejected")])
def test_whoever_comes_later_sees_office_time_and_outcome_and_no_personal_data(app, visitor, asked, decision, outcome):
    link = scenes.link_to(app, asked)
    scenes.decided(app, asked, decision)

    page = visitor().go(link)

    assert page.status == 200
    assert page.heading == "This request is decided"
    assert page.reads(f"Outcome {outcome} Decided by {WALLONIA} When 11:32 (+02:00 CEST), Tuesday 9 June 2026")
    assert " Production " in page.title
    assert no_personal_data(page)
    assert not page.page.select("main form, main button")


@pytest.mark.req("R71", "S32")
@pytest.mark.parametrize("button", ["Accept", "Reject"])
def test_a_press_that_comes_second_changes_nothing_and_is_told_so(app, page, asked, ann, button):
    scenes.decided(app, asked, "accept")

    page.press(button, reason="Too late.", **NAMED)

    assert page.status == 409
    assert page.heading == "This request is decided"
    assert page.reads("Your press changed nothing")
    assert page.reads(f"Decided by {WALLONIA}")
    assert no_personal_data(page)
    assert scenes.statuses(app, asked) == ["accepted"]
    assert len(scenes.memberships_of(app, ann)) == 1


@pytest.mark.req("R71")
def test_part_that_was_decided_meanwhile_is_shown_and_the_rest_can_still_be_decided(app, visitor, ann):
    asked = scenes.sent(app, ann, ALPRO, COFFEETEAM)
    page = visitor().go(scenes.link_to(app, asked))
    with app.database.transaction() as session:
        first = session.scalars(select(RoleRequestItem).where(RoleRequestItem.position == 0)).one()
        first.status, first.decided_at = "accepted", scenes.now_of(session)

    page.press("Accept", **NAMED)
    assert page.status == 409
    assert page.reads("Part of this request was decided or withdrawn in the meantime.")
    page.press("Accept", item_ids=[page.page.select_one("input[name=item_ids]")["value"]])

    assert scenes.statuses(app, asked) == ["accepted", "accepted"]


@pytest.mark.req("R71", "R63")
def test_a_request_that_was_withdrawn_has_a_page_of_its_own(app, page, asked, ann):
    with app.database.transaction() as session:
        scenes.take_back(session, ann, asked)

    page.press("Accept", **NAMED)
    assert page.status == 409
    page.open(page.address)

    assert page.heading == "This request was withdrawn"
    assert page.reads("The applicant took the request back.")
    assert page.reads("When 11:32 (+02:00 CEST), Tuesday 9 June 2026")
    assert no_personal_data(page)


def test_a_request_that_nobody_decided_in_time_has_a_page_of_its_own(app, page, asked):
    with app.database.transaction() as session:
        session.execute(update(RoleRequestItem).values(status="expired", decided_at=scenes.now_of(session)))

    page.open(page.address)

    assert page.heading == "This request has expired"
    assert page.reads("Nobody decided in time.")
    assert no_personal_data(page)


@pytest.mark.req("S4")
def test_a_link_whose_time_is_over_says_so_and_offers_no_password_link(app, page, asked, standing_clock):
    with app.database.transaction() as session:
        session.execute(update(Link).values(expires_at=scenes.now_of(session) + app.settings.decision_link_lifetime))
    standing_clock.advance(timedelta(days=30))

    page.open(page.address)

    assert page.status == 410
    assert page.heading == "This link has expired"
    assert page.reads("A link for deciding works for a limited time")
    assert not page.reads("password link")
    assert no_personal_data(page)


@pytest.mark.req("S6", "S1")
def test_a_token_of_another_purpose_and_one_that_is_none_get_the_same_page(app, visitor, asked, ann):
    with app.database.transaction() as session:
        of_password = token_of(a_link(session, ann, settings=app.settings), app.settings)
    flipped = scenes.link_to(app, asked)
    flipped = flipped[:-1] + ("A" if flipped[-1] != "A" else "B")

    pages = {
        visitor().go(path).text for path in (f"/decide/{of_password}", flipped, "/decide/none", f"/decide/{'x' * 44}")
    }

    assert len(pages) == 1
    assert "We do not know this link" in pages.pop()


@pytest.mark.req("S27", "R70")
def test_the_applicant_who_was_forwarded_the_mail_sees_and_decides_nothing(app, visitor, asked, ann):
    browser = visitor().go(scenes.link_to(app, asked))
    address, shown = browser.address, browser.page
    browser.log_in(ann)
    mark = browser.go("/production/profile").page.find(attrs={"name": "csrf_token"})["value"]

    browser.address, browser.page = address, shown
    browser.press("Accept", csrf_token=mark, **NAMED)

    assert browser.status == 403
    assert browser.heading == "You cannot decide on your own request"
    assert scenes.statuses(app, asked) == ["waiting"]
    assert len(scenes.events(app, "role_request.own_decision_refused")) == 1
    assert visitor(ann).go(scenes.link_to(app, asked)).status == 403


@pytest.mark.req("S33", "R70")
def test_an_administrator_who_lost_the_right_is_told_so_and_decides_nothing(app, visitor, asked_of_chief, chief):
    browser = visitor().go(scenes.link_to(app, asked_of_chief, account=chief))
    with app.database.transaction() as session:
        session.execute(delete(Administrator).where(Administrator.account_id == chief.id))
        session.execute(update(Membership).where(Membership.account_id == chief.id).values(status="ended"))

    browser.press("Accept")

    assert browser.status == 403
    assert browser.heading == "You may not do this"
    assert browser.reads("You were asked to decide, and have lost the right since then.")
    assert scenes.statuses(app, asked_of_chief) == ["waiting"]
    browser.open(browser.address)
    assert browser.status == 403
    assert no_personal_data(browser)


@pytest.fixture
def asked_of_chief(app, ann, chief):
    return scenes.sent(app, ann, ALPRO)
