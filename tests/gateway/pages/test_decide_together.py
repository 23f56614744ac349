"""Several waiting requests accepted or rejected at one go, each by itself."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from gateway.throttling import TOGETHER
from gateway.web import decisions_together
from shared.models import Administrator, Email, RoleRequest
from tests.gateway.pages import scenes
from tests.gateway.pages.approvers import (
    LIST,
    administrator_of,
    all_statuses,
    asked_for,
    choose,
    ends,
    many_wait_for,
    member_of,
)
from tests.gateway.pages.scenes import FLANDERS, WALLONIA


@pytest.fixture
def chief(database):
    return administrator_of(database)


@pytest.fixture
def two(app, chief):
    """Requests of Lotte and Bea for a post at ALPRO, which has an administrator."""
    return asked_for(app, "Lotte", "Bea")


def outcomes_mailed(database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Email).where(Email.template == "outcome")).all())


@pytest.mark.req("R71", "S10")
def test_nothing_is_decided_before_the_second_press(app, visitor, chief, two):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")

    assert browser.heading == "Accept several requests"
    assert browser.green_buttons == {"Accept selected"}
    assert browser.reads("Lotte Peeters")
    assert browser.reads("ALPRO Comm.V.A.")
    assert browser.reads("Nobody becomes Administrator by a decision on several requests.")
    assert all_statuses(app, two) == ["waiting", "waiting"]


@pytest.mark.req("R71", "R72")
def test_each_that_is_still_ticked_is_accepted_and_each_person_gets_one_mail(app, visitor, chief, two, database):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")

    browser.press("Accept selected")

    assert browser.heading == "What became of the requests"
    assert browser.reads("2 requests are accepted. Nothing of it is left to do.")
    assert browser.page.select_one("[role=status]")
    assert all_statuses(app, two) == ["accepted", "accepted"]
    assert outcomes_mailed(database) == 2
    assert len(scenes.events(app, "role_request.accepted")) == 2
    with database.reading() as session:
        assert len(session.scalars(select(Administrator)).all()) == 1


def test_what_is_unticked_on_the_second_page_stays_open(app, visitor, chief, two):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")
    (lotte,) = [one.input["value"] for one in browser.page.select(".one label") if "Lotte" in one.get_text()]

    browser.press("Accept selected", chosen=[lotte])

    assert all_statuses(app, two) == ["accepted", "waiting"]


@pytest.mark.usefixtures("two")
def test_one_request_alone_is_not_counted(visitor, chief):
    browser = choose(visitor(chief), "Accept selected", "Lotte")

    assert (
        browser.page.select_one(".one legend, fieldset legend").get_text(strip=True)
        == "This request can be accepted here"
    )


def test_with_nothing_ticked_either_page_says_so(app, visitor, chief, two):
    browser = choose(visitor(chief), "Reject selected")
    assert browser.status == 422
    assert browser.errors == {"assignment_ids": "Choose at least one."}

    choose(browser, "Accept selected", "Lotte").press("Accept selected", chosen=False)
    assert browser.status == 422
    assert browser.errors == {"chosen": "What you decide: Choose at least one."}


def test_the_box_on_top_stands_for_all_of_the_page_without_a_script(app, visitor, chief, two):
    browser = visitor(chief).go(LIST)

    browser.press("Accept selected", all_of=True)

    assert len(browser.page.select("input[name=chosen][checked]")) == 2


def test_rejecting_asks_for_one_reason_that_everybody_reads(app, visitor, chief, two, database):
    browser = choose(visitor(chief), "Reject selected", "Lotte", "Bea")

    browser.press("Reject selected")
    assert browser.status == 422
    assert browser.errors == {"reason": "Reason: Give a reason. The applicant reads it."}
    assert all_statuses(app, two) == ["waiting", "waiting"]

    browser.press("Reject selected", reason="Not known here.")
    assert browser.reads("2 requests are rejected.")
    assert all_statuses(app, two) == ["rejected", "rejected"]
    with database.reading() as session:
        items = [one for row in session.scalars(select(RoleRequest)) for one in row.items]
        assert {item.reason for item in items} == {"Not known here."}


@pytest.mark.req("S39", "R17")
def test_who_has_to_be_looked_at_is_left_out_of_accepting_and_not_of_rejecting(app, visitor, chief, database):
    (request,) = asked_for(app, "\N{CYRILLIC CAPITAL LETTER ES}laes")
    browser = choose(visitor(chief), "Accept selected", "laes")
    assert browser.reads("1 request has to be looked at by itself")
    assert browser.reads("The letters of the name are of several alphabets")
    assert not browser.page.find("button", string="Accept selected")

    choose(browser, "Reject selected", "laes").press("Reject selected", reason="Write your name in one alphabet.")

    assert scenes.statuses(app, request) == ["rejected"]


@pytest.mark.req("R46")
def test_the_first_person_of_an_organisation_is_not_accepted_among_others_even_by_a_forged_form(app, visitor, database):
    member = member_of(database, FLANDERS)
    (request,) = asked_for(app, "Lotte")
    browser = choose(visitor(member), "Accept selected", "Lotte")
    assert browser.reads("This would be the first person of the organisation")
    assert not browser.page.find(id="together")
    mark = browser.page.find(attrs={"name": "csrf_token"})["value"]
    (assignment_id,) = browser.go(LIST).tick("Lotte")
    with database.reading() as session:
        version = session.get_one(RoleRequest, request).version

    forged = {"csrf_token": mark, "decision": "accept", "chosen": f"{assignment_id}:{version}"}
    answer = browser.browser.post(f"{LIST}/together", data=forged)

    assert "Nothing was decided by this." in answer.text
    assert "This would be the first person of the organisation" in answer.text
    assert "Look and decide" in answer.text
    assert scenes.statuses(app, request) == ["waiting"]


@pytest.mark.req("R71", "S32")
def test_what_became_of_a_request_meanwhile_is_told_and_stops_no_other(app, visitor, chief, database):
    requests = asked_for(app, "Lotte", "Bea", "Cato", "Dora")
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea", "Cato", "Dora")
    scenes.decided(app, requests[0], "reject")
    with database.transaction() as session:
        one = session.get_one(RoleRequest, requests[1])
        scenes.take_back(session, one.account, one.id)
        session.get_one(RoleRequest, requests[2]).version += 1

    browser.press("Accept selected")

    told = ends(browser.page)
    assert f"Rejected Decided before you by {WALLONIA}" in told["Lotte Peeters"]
    assert "Withdrawn" in told["Bea Peeters"]
    assert "the request has changed since it was shown" in told["Cato Peeters"]
    assert told["Dora Peeters"].endswith("Accepted")
    assert browser.reads("1 request is accepted. 2 were over already")
    assert browser.reads("1 is left for you to look at.")
    assert all_statuses(app, requests) == ["rejected", "withdrawn", "waiting", "accepted"]


@pytest.mark.req("S32")
def test_a_second_press_decides_nothing_again(app, visitor, chief, two, database):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")
    again = visitor(chief)
    again.page, again.address = browser.page, browser.address
    again.browser.cookies = browser.browser.cookies
    browser.press("Accept selected")

    again.press("Accept selected")

    assert again.reads("Nothing was decided by this. 2 were over already")
    assert "You decided this before" in ends(again.page)["Bea Peeters"]
    assert len(scenes.events(app, "role_request.accepted")) == 2
    assert outcomes_mailed(database) == 2


@pytest.mark.req("S33")
def test_who_lost_the_right_meanwhile_decides_nothing(app, visitor, chief, two, database):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")
    with database.transaction() as session:
        session.execute(delete(Administrator))

    browser.press("Accept selected")

    assert "you may no longer decide on this request" in ends(browser.page)["Lotte Peeters"]
    assert all_statuses(app, two) == ["waiting", "waiting"]


def test_a_fault_with_one_is_told_and_the_others_are_decided(app, visitor, chief, two, monkeypatch, written):
    real, tries = decisions_together.decide, []

    def once_broken(*args, **more):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a fault of ours")
        return real(*args, **more)

    monkeypatch.setattr(decisions_together, "decide", once_broken)
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")

    browser.press("Accept selected")

    assert browser.status == 200
    assert browser.reads("1 request is accepted. 1 is left for you to look at.")
    assert browser.reads("Not decided: something went wrong on our side.")
    assert sorted(all_statuses(app, two)) == ["accepted", "waiting"]
    assert "a fault of ours" in written.getvalue()


@pytest.mark.req("S26")
def test_what_another_was_asked_is_not_found(app, visitor, chief, two, ann):
    theirs = choose(visitor(chief), "Accept selected", "Lotte", "Bea")
    forms = [
        (LIST, {"assignment_ids": [one["value"].partition(":")[0]], "decision": "accept"})
        for one in theirs.page.select("input[name=chosen]")
    ]
    forms += [
        (f"{LIST}/together", {"chosen": [one["value"]], "decision": "accept"})
        for one in theirs.page.select("input[name=chosen]")
    ]
    browser = visitor(ann).go("/production/profile")
    mark = browser.page.find(attrs={"name": "csrf_token"})["value"]

    answers = [browser.browser.post(path, data=fields | {"csrf_token": mark}) for path, fields in forms]

    assert {answer.status_code for answer in answers} == {404}
    assert all_statuses(app, two) == ["waiting", "waiting"]


def test_more_than_fifty_are_refused_in_words(app, visitor, chief, database):
    many_wait_for(database, chief, 51)
    browser = visitor(chief).go(LIST, limit="60")

    browser.press("Accept selected", all_of=True)

    assert browser.status == 422
    assert browser.errors == {"assignment_ids": "At most 50 requests can be decided at one go. Take some ticks off."}
    assert len(browser.page.select("td.select input[checked]")) == 51


def test_another_language_keeps_what_was_ticked_and_typed(app, visitor, chief, two):
    browser = choose(visitor(chief), "Reject selected", "Lotte", "Bea")
    one = browser.page.select("input[name=chosen]")[0]["value"]

    browser.press("Deutsch (de)", chosen=[one], reason="Not known here.")

    assert [box["value"] for box in browser.page.select("input[name=chosen][checked]")] == [one]
    assert browser.page.find(id="reason").get_text().strip() == "Not known here."
    assert all_statuses(app, two) == ["waiting", "waiting"]


@pytest.mark.req("R46")
def test_a_new_operator_is_said_to_be_rejected_with_the_person(app, visitor, database, ann):
    member = member_of(database, FLANDERS)
    request = scenes.sent(app, ann, new_operator="Quite Another Firm")
    browser = choose(visitor(member), "Reject selected", "Ann Peeters")
    assert browser.reads("A new operator is decided together with the person: it is rejected too.")

    browser.press("Reject selected", reason="Not known here.")

    assert scenes.statuses(app, request) == ["rejected"]
    with database.reading() as session:
        assert scenes.organisation(session, "Quite Another Firm").status == "rejected"


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_who_presses_too_often_is_told_when_to_come_back(app, visitor, chief, two, monkeypatch):
    browser = choose(visitor(chief), "Accept selected", "Lotte", "Bea")
    monkeypatch.setattr(decisions_together, "TOGETHER", replace(TOGETHER, most=1))

    browser.press("Accept selected")

    assert browser.status == 429
    assert all_statuses(app, two) == ["waiting", "waiting"]


def test_the_address_of_the_second_page_leads_back_to_the_list(visitor, chief):
    assert visitor(chief).go(f"{LIST}/together").address.endswith(LIST)
