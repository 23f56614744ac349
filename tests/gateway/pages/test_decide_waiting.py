"""The list of what waits for a logged-in approver."""

from datetime import timedelta

import pytest

from tests.builders import an_administrator
from tests.gateway.pages import scenes
from tests.gateway.pages.approvers import LIST, administrator_of, asked_for, many_wait_for
from tests.gateway.pages.scenes import ALPRO, COFFEETEAM


@pytest.mark.req("R73", "S25")
def test_a_logged_in_recipient_finds_the_request_in_a_list_and_needs_no_code(app, visitor, ann, database):
    chief = administrator_of(database)
    role_request = scenes.sent(app, ann, ALPRO)
    browser = visitor(chief).go(LIST)
    assert browser.reads("1 request waits for you.")
    assert browser.reads("Ann Peeters")
    assert browser.reads("11:32 (+02:00 CEST), Tuesday 9 June 2026")
    assert browser.reads("11:32 (+02:00 CEST), Tuesday 23 June 2026")

    browser.follow("Look and decide")
    assert not browser.page.find(id="decider_name")
    browser.press("Accept")

    assert scenes.statuses(app, role_request) == ["accepted"]
    assert browser.go(LIST).reads("No request in Production waits for your decision.")
    assert not browser.page.select("main form")
    assert browser.go("/training/decisions").reads("No request in Training waits for your decision.")


@pytest.mark.req("S26")
def test_nobody_opens_what_another_was_asked(app, visitor, ann, database):
    chief = administrator_of(database)
    scenes.sent(app, ann, ALPRO)
    browser = visitor(chief).go(LIST)
    address = browser.page.find("a", string="Look and decide")["href"]

    assert visitor(ann).go(address).status == 404
    assert visitor(chief).go(address.replace("production", "training")).status == 404
    assert visitor(chief).go(address).status == 200


@pytest.mark.req("R73")
def test_of_sixty_fifty_are_on_the_first_page_and_ticks_are_kept_on_the_next(app, visitor, database):
    chief = administrator_of(database)
    many_wait_for(database, chief, 60)
    browser = visitor(chief).go(LIST)
    assert browser.reads("60 requests wait for you. 50 are on this page.")
    ticked = [box["value"] for box in browser.page.select("td.select input")[:2]]

    browser.press("Show more", assignment_ids=ticked)

    assert len(browser.page.select("td.select input")) == 10
    carried = browser.page.select(".carried input[checked]")
    assert {box["value"] for box in carried} == set(ticked)
    assert not browser.page.find("button", string="Show more")


def test_filters_stand_in_the_address_and_the_number_that_fits_is_said(app, visitor, database):
    chief = administrator_of(database)
    asked_for(app, "Lotte", "Bea")
    browser = visitor(chief).go(LIST)

    browser.press("Show", name="lotte alpro")

    assert "name=lotte+alpro" in browser.address
    assert browser.reads("1 waiting request fits your choice.")
    assert browser.page.find(id="name")["value"] == "lotte alpro"
    browser.press("Show", name="nobody")
    assert browser.reads("0 waiting requests fit your choice.")
    browser.follow("Show all that wait")
    assert browser.reads("2 requests wait for you.")


def test_the_office_is_asked_for_only_where_there_are_several(app, visitor, database):
    chief = administrator_of(database)
    asked_for(app, "Lotte")
    browser = visitor(chief).go(LIST)
    assert "office" not in browser.labels
    with database.transaction() as session:
        an_administrator(session, chief, scenes.organisation(session, COFFEETEAM))
    asked_for(app, "Bea", name=COFFEETEAM)

    browser.go(LIST)
    (office,) = [one["value"] for one in browser.page.select("#office option") if one.get_text() == COFFEETEAM]
    browser.press("Show", office=office)

    assert browser.reads("Bea Peeters")
    assert not browser.reads("Lotte Peeters")


def test_what_is_overdue_is_marked_by_a_word_and_can_be_shown_alone(app, visitor, database, standing_clock):
    chief = administrator_of(database)
    asked_for(app, "Lotte")
    standing_clock.advance(timedelta(days=10))
    asked_for(app, "Bea")
    standing_clock.advance(timedelta(days=5))
    browser = visitor(chief).go(LIST)
    assert "Overdue" in browser.row("Lotte").get_text()
    assert "Overdue" not in browser.row("Bea").get_text()

    browser.press("Show", overdue=True)

    assert browser.reads("Lotte Peeters")
    assert not browser.reads("Bea Peeters")


@pytest.mark.parametrize(
    ("query", "field"), [({"kind": "king"}, "kind"), ({"office": "x"}, "office"), ({"name": "x" * 101}, "name")]
)
def test_a_filter_that_makes_no_sense_is_said_at_its_field(app, visitor, database, query, field):
    chief = administrator_of(database)
    asked_for(app, "Lotte")

    browser = visitor(chief).go(LIST, **query)

    assert browser.status == 422
    assert list(browser.errors) == [field]
