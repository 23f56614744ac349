"""Your profile in an environment, and taking a request back."""

from datetime import timedelta

import pytest

from tests.builders import a_membership, an_account, an_administrator
from tests.builders_role_requests import a_role_request
from tests.conftest import NOW
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, COFFEETEAM, COLZAGRO


@pytest.fixture
def bob(database):
    with database.transaction() as session:
        return an_account(session, email="bob@other.example", first_name="Bob", last_name="Maes", now=NOW)


@pytest.mark.req("R62")
def test_an_open_request_answers_with_which_office_since_due_and_what_happens_next(app, visitor, ann):
    scenes.sent(app, ann, ALPRO, message="I am the new import manager.")

    browser = visitor(ann).go("/production/profile")

    answers = {
        term.get_text(strip=True): " ".join(term.find_next("dd").get_text(" ").split())
        for term in browser.page.select(".request .answers dt")
    }
    assert list(answers) == ["With which office", "Since", "Due", "What happens next"]
    assert scenes.FLANDERS in answers["With which office"]
    assert answers["Since"] == "11:32 (+02:00 CEST), Tuesday 9 June 2026"
    assert answers["Due"] == "11:32 (+02:00 CEST), Tuesday 23 June 2026 (in 2 weeks)"
    assert "a reminder goes out at 11:32 (+02:00 CEST), Tuesday 16 June 2026" in answers["What happens next"]
    assert browser.reads("I am the new import manager.")
    assert browser.reads("You sent the request.")
    assert [tag.get_text() for tag in browser.page.select(".request .tag")] == ["Requested"]


@pytest.mark.req("R62", "R72")
def test_the_outcome_with_the_offices_reason_stands_under_the_closed_requests(app, visitor, ann):
    role_request = scenes.sent(app, ann, ALPRO)
    scenes.decided(app, role_request, "reject")

    browser = visitor(ann).go("/production/profile")

    assert browser.reads("Open requests (0)")
    closed = browser.page.select_one("details.request")
    text = " ".join(closed.get_text(" ").split())
    assert "Rejected" in text
    assert "Reason: Not ours." in text
    assert f"Rejected by {scenes.WALLONIA}." in text
    assert "Jan" not in browser.text.replace("January", "")


@pytest.mark.req("R62", "R7")
def test_memberships_say_who_is_administrator_and_belong_to_one_environment(visitor, ann, database):
    with database.transaction() as session:
        colzagro = scenes.organisation(session, COLZAGRO)
        a_membership(session, ann, colzagro.posts[0])
        an_administrator(session, ann, colzagro)
        a_membership(session, ann, scenes.post_of(session, COFFEETEAM), status="suspended")

    browser = visitor(ann).go("/production/profile")

    colzagro_row = " ".join(browser.row(COLZAGRO).get_text(" ").split())
    coffee_row = " ".join(browser.row(COFFEETEAM).get_text(" ").split())
    assert colzagro_row == "Colzagro TRACES Number: BE-ORG-OP-4 11:32 (+02:00 CEST), Tuesday 9 June 2026 yes Valid"
    assert " no Suspended " in coffee_row
    assert browser.go("/training/profile").reads("You hold no post in Training.")


@pytest.mark.req("R63")
def test_a_new_role_can_be_requested_from_there(app, visitor, ann):
    scenes.sent(app, ann, ALPRO)
    browser = visitor(ann).go("/production/profile")
    assert browser.green_buttons == {"Request a new role"}

    browser.follow("Request a new role")

    assert browser.heading == "Select your role"


@pytest.mark.req("R65")
def test_times_follow_the_readers_zone(app, visitor, database):
    with database.transaction() as session:
        carl = an_account(session, email="carl@alpro.example", time_zone="Europe/Lisbon")
    scenes.sent(app, carl, ALPRO)

    browser = visitor(carl).go("/production/profile")

    assert browser.reads("All times are in Europe/Lisbon (+01:00 WEST).")
    assert browser.reads("10:32 (+01:00 WEST), Tuesday 9 June 2026")


@pytest.mark.req("R63")
def test_withdrawing_asks_first_and_frees_the_kind_of_role(app, visitor, ann):
    role_request = scenes.sent(app, ann, ALPRO)
    browser = visitor(ann).go("/production/profile")

    browser.follow("Withdraw request")
    assert browser.heading == "Withdraw this request?"
    assert scenes.statuses(app, role_request) == ["waiting"]
    browser.press("Withdraw request")

    assert browser.reads("Your request is withdrawn.")
    assert scenes.statuses(app, role_request) == ["withdrawn"]
    assert len(browser.go("/production/roles").page.select(".kinds a")) == 3


def test_keeping_the_request_changes_nothing(app, visitor, ann):
    role_request = scenes.sent(app, ann, ALPRO)
    browser = visitor(ann).go(f"/production/role-requests/{role_request}/withdraw")

    browser.follow("Keep it")

    assert browser.heading == "Your profile"
    assert scenes.statuses(app, role_request) == ["waiting"]


@pytest.mark.req("R71")
def test_a_request_that_was_decided_meanwhile_cannot_be_withdrawn(app, visitor, ann):
    role_request = scenes.sent(app, ann, ALPRO)
    browser = visitor(ann).go(f"/production/role-requests/{role_request}/withdraw")
    scenes.decided(app, role_request, "accept")

    browser.press("Withdraw request")

    assert browser.status == 409
    assert browser.heading == "This request is decided"
    assert scenes.statuses(app, role_request) == ["accepted"]
    assert browser.go(f"/production/role-requests/{role_request}/withdraw").reads("there is nothing to withdraw")


@pytest.mark.req("S26")
@pytest.mark.parametrize("path", ["", "/withdraw"])
def test_another_persons_request_is_no_page_nor_is_ones_own_in_the_other_environment(app, visitor, ann, bob, path):
    role_request = scenes.sent(app, ann, ALPRO)

    assert visitor(bob).go(f"/production/role-requests/{role_request}{path}").status == 404
    assert visitor(ann).go(f"/training/role-requests/{role_request}{path}").status == 404
    assert visitor(ann).go(f"/production/role-requests/{role_request}{path}").status == 200


@pytest.mark.req("S26")
def test_another_persons_request_cannot_be_withdrawn(app, visitor, ann, bob):
    own, others = scenes.sent(app, bob, COFFEETEAM), scenes.sent(app, ann, ALPRO)
    browser = visitor(bob).go(f"/production/role-requests/{own}/withdraw")
    browser.address = browser.address.replace(str(own), str(others))

    browser.press("Withdraw request")

    assert browser.status == 404
    assert scenes.statuses(app, others) == ["waiting"]


def test_more_requests_than_fit_are_led_to_by_show_more(visitor, ann, database):
    with database.transaction() as session:
        for minutes in range(51):
            sent_at = NOW - timedelta(minutes=minutes)
            a_role_request(session, ann, scenes.post_of(session, ALPRO), status="withdrawn", now=sent_at)

    browser = visitor(ann).go("/production/profile")

    assert len(browser.page.select("details.request")) == 50
    browser.follow("Show more")
    assert len(browser.page.select("details.request")) == 1


@pytest.mark.req("S36")
def test_hostile_words_are_shown_as_text(app, visitor, database):
    with database.transaction() as session:
        eve = an_account(session, email="eve@alpro.example", first_name="<b>Eve</b>", last_name="{{7*7}}")
    scenes.sent(app, eve, new_operator="<script>alert(1)</script> & Sons", message="<img src=x onerror=alert(1)>")

    browser = visitor(eve).go("/production/profile")

    assert browser.reads("<b>Eve</b> {{7*7}}")
    assert browser.reads("<script>alert(1)</script> & Sons")
    assert browser.reads("<img src=x onerror=alert(1)>")
    assert not browser.page.select("main b, main img, main script")
