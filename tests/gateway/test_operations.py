"""The operations page, as somebody on call reads it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gateway.web.operations_needs import ROUTING_STANDS_STILL, SECTIONS
from shared import clock
from shared.db import Database
from shared.domain.environments import Environment
from shared.messages import Queue
from shared.models import Account, Staff
from shared.services.links import new_link
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_figures import a_mail, a_parked_mail, a_request_whose_routing_is_parked
from tests.builders_role_requests import a_role_request, an_assignment
from tests.conftest import NOW
from tests.contract.deployment_files import ROOT
from tests.gateway.browser import Browser, one, page, without_nonces, words

PATH = "/operations"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def on_call(logged_in: Browser, person: Account, database: Database) -> Browser:
    """The browser of somebody with the duty operations."""
    give_duty(database, person, "operations")
    return logged_in


@pytest.fixture
def there_is(database: Database) -> Callable[..., Any]:
    """Do something to the tables, as other processes do."""

    def do(build: Callable[..., Any], **changes: Any) -> Any:
        with database.transaction() as session:
            return build(session, **changes)

    return do


def give_duty(database: Database, account: Account, duty: str) -> None:
    with database.transaction() as session:
        session.add(Staff(account_id=account.id, duty=duty, since=NOW))


def needs(answer: TestResponse) -> list[str]:
    """What needs a person, without what to do about it."""
    found = page(answer).select("section.needs li")
    for line in found:
        for under in line.select(".under"):
            under.decompose()
    return [" ".join(line.get_text(" ").split()) for line in found]


def a_request(session: Session, **changes: Any) -> Any:
    request = a_role_request(session, an_account(session), now=clock.now(session))
    for name, value in changes.items():
        setattr(request, name, value)
    session.flush()
    return request


def test_a_stranger_is_sent_to_the_log_in_page_and_back(browser: Browser) -> None:
    answer = browser.get(PATH)

    assert answer.headers["Location"] == "/account/log-in?next=/operations"


@pytest.mark.req("S26")
@pytest.mark.parametrize("duty", [None, "helpdesk"])
def test_for_everybody_else_it_looks_like_a_page_that_is_not_there(
    logged_in: Browser, person: Account, database: Database, duty: str | None
) -> None:
    if duty:
        give_duty(database, person, duty)

    answers = [without_nonces(logged_in.get(path), path) for path in (PATH, "/no-such-page")]

    assert answers[0][0] == 404
    assert answers[0] == answers[1]


def test_on_a_quiet_day_nothing_needs_a_person(on_call: Browser) -> None:
    assert "What needs a person now Nothing." in words(on_call.get(PATH))


def test_what_needs_a_person_stands_on_top_in_words(
    on_call: Browser, there_is: Callable[..., Any], settings: Settings
) -> None:
    def locked(session: Session) -> None:
        assignment = an_assignment(session, a_request(session))
        now = clock.now(session)
        link = new_link(session, purpose="decide", keyring=settings.keyring, now=now, assignment_id=assignment.id)
        link.locked_at = now

    for _ in range(2):
        there_is(a_parked_mail)
    for _ in range(3):
        there_is(a_request, nobody_since=NOW)
    there_is(locked)
    there_is(a_mail, ago=10 * MINUTE)

    assert needs(on_call.get(PATH)) == [
        "2 parked mails",
        "3 requests that nobody can decide",
        "1 link locked by wrong codes",
        "Work in mail.urgent could be done and has waited for 10 minutes",
        "The relay has not announced work in mail.urgent for 10 minutes",
    ]


def test_a_parked_request_a_ladder_and_a_chain_that_stand_still_need_a_person(
    on_call: Browser, there_is: Callable[..., Any], database: Database
) -> None:
    there_is(a_request_whose_routing_is_parked)
    with database.reading() as session:
        late = clock.now(session) - 10 * MINUTE
    there_is(a_request, next_step_at=late)

    assert needs(on_call.get(PATH)) == [
        "1 parked request",
        "1 request whose reminder, next office or expiry did not happen in its time",
    ]


def test_every_need_is_mended_by_the_section_of_an_alert() -> None:
    rules = (ROOT / "monitoring" / "alerts.yml").read_text(encoding="utf-8")

    assert {*SECTIONS.values(), ROUTING_STANDS_STILL} <= set(re.findall(r"- alert: (\w+)", rules))


def test_routing_that_stands_still_has_a_section_of_its_own(on_call: Browser, there_is: Callable[..., Any]) -> None:
    there_is(a_mail, ago=10 * MINUTE, row={"queue": Queue.ROUTING, "announce_at": NOW.replace(year=2100)})

    assert "“GatehouseRoutingStandsStill”" in words(on_call.get(PATH))


def test_every_picture_has_a_table_with_its_numbers(on_call: Browser, there_is: Callable[..., Any]) -> None:
    there_is(a_mail, state="refused", reason="the mail server answered 550", took=timedelta(0))
    there_is(lambda session: an_assignment(session, a_request(session)))

    shown = page(on_call.get(PATH))

    sections = [one for one in shown.select("main section") if one.select_one("svg[role=img]")]
    assert len(sections) == 4
    for section in sections:
        assert section.select("details table tbody tr")
        assert all(svg["aria-label"] for svg in section.select("svg[role=img]"))


def test_queues_show_length_and_age(on_call: Browser, there_is: Callable[..., Any]) -> None:
    there_is(a_mail, ago=2 * MINUTE)
    there_is(a_mail, ago=3 * MINUTE, row={"queue": Queue.MAIL_NOTICE, "attempts": 1})

    shown = page(on_call.get(PATH))

    rows = [[cell.get_text() for cell in row.select("th, td")] for row in shown.select("#queues ~ details tbody tr")]
    assert [row[:5] for row in rows[:2]] == [
        ["mail.urgent", "1", "0", "0", "2 minutes"],
        ["mail.notice", "1", "0", "1", "3 minutes"],
    ]


def test_mails_of_the_hour_are_drawn_and_counted(on_call: Browser, there_is: Callable[..., Any]) -> None:
    for state in ("sent", "sent", "refused"):
        there_is(a_mail, state=state, ago=2 * MINUTE, took=timedelta(seconds=3))

    answer = on_call.get(PATH)

    shown = words(answer)
    assert "Sent in the last hour 2 Failed in the last hour 1 Half of the mails sent within 3 seconds" in shown
    assert any("2 sent, 1 failed" in title.get_text() for title in page(answer).select("svg title"))


def test_requests_wait_by_country_and_the_oldest_says_how_long(on_call: Browser, there_is: Callable[..., Any]) -> None:
    def waiting(session: Session, country: str | None, days: int) -> None:
        posts = an_organisation(session, country=country, environment=Environment.TRAINING).posts
        now = clock.now(session)
        request = a_role_request(session, an_account(session), *posts, now=now - timedelta(days=days))
        request.next_step_at = now + MINUTE
        an_assignment(session, request)

    for country, days in (("NL", 9), ("NL", 2), (None, 1)):
        there_is(waiting, country=country, days=days)

    answer = on_call.get(PATH)

    bars = [text.get_text() for text in page(answer).select("#waiting ~ div text")]
    assert bars == ["Netherlands (NL)", "2, the oldest 9 days", "no country known", "1, the oldest 24 hours"]
    assert "Netherlands (NL) Training national authority 2 9 days" in words(answer)


def test_failures_show_domain_and_reason_and_never_an_address(on_call: Browser, there_is: Callable[..., Any]) -> None:
    there_is(a_mail, to="bo.janssens@alpro.example", state="refused", reason="the mail server answered 550")
    there_is(a_mail, to="ann.peeters@alpro.example", state="held", template="password")
    there_is(a_parked_mail, to="carla.decider@alpro.example")

    answer = on_call.get(PATH)

    assert "1 \N{MULTIPLICATION SIGN} the mail server answered 550" in words(answer)
    main = str(one(answer, "main"))
    assert "alpro.example" in main
    assert "@" not in main


def test_a_parked_mail_leads_to_all_there_is_about_it_but_its_address(
    on_call: Browser, there_is: Callable[..., Any]
) -> None:
    email = there_is(a_parked_mail, to="ann.peeters@alpro.example")
    link = one(on_call.get(PATH), f"a[href$='{email.id}']")

    answer = on_call.get(str(link["href"]))

    shown = words(answer)
    assert "State refused: parked: it could not be written or sent" in shown
    assert "Outcome parked" in shown
    assert f"emails resend {email.id}" in shown
    assert "Domain alpro.example" in shown
    assert "@" not in str(one(answer, "main"))


def test_a_request_that_nobody_can_decide_leads_to_all_there_is_about_it(
    on_call: Browser, there_is: Callable[..., Any]
) -> None:
    request = there_is(a_request, nobody_since=NOW)
    link = one(on_call.get(PATH), f"a[href$='{request.id}']")

    shown = words(on_call.get(str(link["href"])))

    assert "State open: waiting" in shown
    assert "Asked nobody" in shown


def test_what_is_neither_mail_nor_request_is_not_there(on_call: Browser) -> None:
    assert on_call.get(f"/operations/subjects/{uuid4()}").status_code == 404


@pytest.mark.req("S22")
def test_it_refreshes_itself_for_half_an_hour_at_the_most(on_call: Browser) -> None:
    quiet, first, last, over = (
        on_call.get(f"{PATH}{query}") for query in ("", "?refresh=999", "?refresh=1", "?refresh=0")
    )

    assert "Refresh" not in quiet.headers
    assert first.headers["Refresh"] == "30; url=/operations?refresh=59"
    assert last.headers["Refresh"] == "30; url=/operations?refresh=0"
    assert "Refresh" not in over.headers
    assert "for another 30 minutes" in words(first)


@pytest.mark.req("S16")
def test_pictures_need_no_style_and_no_script_inside_the_page(on_call: Browser, there_is: Callable[..., Any]) -> None:
    there_is(a_mail, state="refused", took=timedelta(0))

    shown = page(on_call.get(PATH))

    assert shown.select("svg")
    assert not shown.select("[style], style, script:not([src])")


def test_flower_is_one_step_away(on_call: Browser) -> None:
    assert page(on_call.get(PATH)).select("a[href='http://127.0.0.1:5555/']")


@pytest.mark.parametrize(("language", "words_for"), [("de", "10 Minuten"), ("fr", "0\xa0seconde")])
def test_lengths_of_time_are_in_the_language_of_the_page(
    on_call: Browser, there_is: Callable[..., Any], language: str, words_for: str
) -> None:
    there_is(a_mail, ago=10 * MINUTE)
    csrf = on_call.csrf_token("/account/help")
    on_call.post("/account/language", {"csrf_token": csrf, "change_language": language})

    assert words_for in str(one(on_call.get(PATH), "#queues ~ details"))
