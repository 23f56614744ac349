"""The mailed code, and the browser that is remembered after it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shared.models import DecisionChallenge, RememberedBrowser
from tests.builders import an_account
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, COLZAGRO

NAMED = {"decider_name": "Jan Claes"}
ACCEPT, REJECT = "Confirm: accept", "Confirm: reject"


@pytest.fixture
def asked(app, ann):
    return scenes.sent(app, ann, ALPRO)


@pytest.fixture
def page(app, visitor, asked):
    return visitor().go(scenes.link_to(app, asked))


@pytest.fixture
def another_request(app, database):
    with database.transaction() as session:
        bob = an_account(session, email="bob@other.example", first_name="Bob", last_name="Maes")
    return scenes.sent(app, bob, COLZAGRO)


def codes_mailed(app) -> int:
    with app.database.reading() as session:
        return session.scalar(select(func.count()).select_from(DecisionChallenge)) or 0


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.req("S25")
def test_the_first_decision_in_a_browser_asks_for_the_code_and_keeps_the_decision(app, page, asked):
    page.press("Accept", **NAMED)

    assert page.status == 200
    assert page.heading == "Enter the code we mailed"
    assert page.reads("Nothing is decided yet.")
    assert page.reads("The code is for accepting Ann Peeters")
    assert page.reads("With the right of an Administrator.")
    assert page.labels == {"code": "Code"}
    assert page.green_buttons == {ACCEPT}
    assert scenes.statuses(app, asked) == ["waiting"]
    assert codes_mailed(app) == 1


@pytest.mark.req("S25")
def test_the_code_of_the_mail_carries_the_decision_out(app, page, asked):
    page.press("Accept", **NAMED)

    page.press(ACCEPT, code=scenes.code_mailed(app))

    assert page.heading == "This request is decided"
    assert scenes.statuses(app, asked) == ["accepted"]


@pytest.mark.req("S25")
def test_a_forwarded_link_without_the_mailbox_lets_nobody_in(app, page, asked):
    page.press("Accept", **NAMED)

    page.press(ACCEPT, code=wrong(scenes.code_mailed(app)))

    assert page.status == 401
    assert "not the code that was mailed for this decision" in page.errors["code"]
    assert page.page.find(id="code")["value"] == ""
    assert scenes.statuses(app, asked) == ["waiting"]
    with app.database.reading() as session:
        assert session.scalar(select(DecisionChallenge.wrong_tries)) == 1


@pytest.mark.req("S25")
def test_no_code_is_asked_for_with_a_sentence_and_no_try_is_counted(app, page, asked):
    page.press("Accept", **NAMED)

    page.press(ACCEPT)

    assert page.errors == {"code": "Code: Type the six digits of the mail."}
    assert scenes.statuses(app, asked) == ["waiting"]
    assert codes_mailed(app) == 1


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    "changed",
    [{"decision": "reject", "reason": "No."}, {"grant_administrator": ""}],
    ids=["decision", "administrator"],
)
def test_a_code_for_one_decision_opens_no_other(app, page, asked, changed):
    page.press("Accept", **NAMED)
    code = scenes.code_mailed(app)
    form = page.page.find(id="code-form")
    for name in changed.keys() - {field.get("name") for field in form.find_all("input")}:
        form.append(page.page.new_tag("input", attrs={"type": "hidden", "name": name}))

    page.press(ACCEPT, code=code, **changed)

    assert page.status == 401
    assert scenes.statuses(app, asked) == ["waiting"]


@pytest.mark.req("S25")
def test_another_code_can_be_mailed_three_times_an_hour(app, page, standing_clock):
    page.press("Accept", **NAMED)
    for _ in range(2):
        standing_clock.advance(timedelta(minutes=2))
        page.press("Mail another code")
        assert page.status == 200
        assert not page.errors
    standing_clock.advance(timedelta(minutes=2))

    page.press("Mail another code")

    assert page.status == 429
    assert "Three codes were mailed within an hour." in page.errors["code"]
    assert codes_mailed(app) == 3


@pytest.mark.req("S25")
def test_a_code_is_dead_after_ten_minutes(app, page, asked, standing_clock):
    page.press("Accept", **NAMED)
    code = scenes.code_mailed(app)
    standing_clock.advance(timedelta(minutes=10))

    page.press(ACCEPT, code=code)

    assert page.status in {200, 401}
    assert page.errors
    assert scenes.statuses(app, asked) == ["waiting"]


@pytest.mark.req("S25")
def test_ten_wrong_codes_lock_the_link_with_a_page_of_its_own(app, page, asked):
    page.press("Accept", **NAMED)
    code = scenes.code_mailed(app)
    for _ in range(9):
        page.press(ACCEPT, code=wrong(code))
        assert page.status == 401

    page.press(ACCEPT, code=wrong(code))

    assert page.status == 423
    assert page.heading == "This link is locked"
    page.open(page.address)
    assert page.heading == "This link is locked"
    assert "Ann" not in page.text
    assert scenes.statuses(app, asked) == ["waiting"]
    assert len(scenes.events(app, "decision.link_locked")) == 1


@pytest.mark.req("S25")
def test_the_browser_is_remembered_for_this_mailbox_and_needs_no_second_code(app, page, another_request):
    page.press("Accept", **NAMED)
    page.press(ACCEPT, code=scenes.code_mailed(app))

    page.go(scenes.link_to(app, another_request)).press("Accept", **NAMED)

    assert scenes.statuses(app, another_request) == ["accepted"]
    assert codes_mailed(app) == 1


@pytest.mark.req("S25")
def test_it_is_not_remembered_for_the_mailbox_of_another_office(app, page, another_request):
    page.press("Accept", **NAMED)
    page.press(ACCEPT, code=scenes.code_mailed(app))

    page.go(scenes.link_to(app, another_request, office=scenes.WALLONIA)).press("Accept", **NAMED)

    assert page.heading == "Enter the code we mailed"
    assert scenes.statuses(app, another_request) == ["waiting"]


@pytest.mark.req("S25")
def test_another_browser_is_asked_again_and_so_is_one_that_was_forgotten(app, visitor, page, another_request):
    page.press("Accept", **NAMED)
    page.press(ACCEPT, code=scenes.code_mailed(app))
    link = scenes.link_to(app, another_request)

    stranger = visitor().go(link)
    stranger.press("Accept", **NAMED)
    assert stranger.heading == "Enter the code we mailed"
    with app.database.transaction() as session:
        session.scalars(select(RememberedBrowser)).one().revoked_at = scenes.now_of(session)
    page.go(link).press("Accept", **NAMED)

    assert page.heading == "Enter the code we mailed"
    assert scenes.statuses(app, another_request) == ["waiting"]


@pytest.mark.req("S25")
def test_after_thirty_days_the_browser_is_a_stranger(app, page, another_request, standing_clock):
    page.press("Accept", **NAMED)
    page.press(ACCEPT, code=scenes.code_mailed(app))
    standing_clock.advance(timedelta(days=30))

    page.go(scenes.link_to(app, another_request)).press("Accept", **NAMED)

    assert page.heading == "Enter the code we mailed"


@pytest.mark.req("S25")
@pytest.mark.parametrize(("hours", "asks"), [(11, False), (12, True)])
def test_accepting_at_an_authority_needs_a_proof_of_the_last_twelve_hours(
    app, page, database, standing_clock, hours, asks
):
    page.press("Accept", **NAMED)
    page.press(ACCEPT, code=scenes.code_mailed(app))
    with database.transaction() as session:
        bob = an_account(session, email="bob@other.example", first_name="Bob", last_name="Maes")
    at_an_authority = scenes.sent(app, bob, "Aalst Customs Authority")
    standing_clock.advance(timedelta(hours=hours))

    page.go(scenes.link_to(app, at_an_authority)).press("Accept", grant_administrator=False, **NAMED)

    assert (page.heading == "Enter the code we mailed") is asks
    assert scenes.statuses(app, at_an_authority) == ["waiting" if asks else "accepted"]


@pytest.mark.req("S25")
def test_rejecting_asks_for_the_code_too(app, page, asked):
    page.press("Reject", reason="Not ours.", **NAMED)
    assert page.reads("The code is for rejecting Ann Peeters")

    page.press(REJECT, code=scenes.code_mailed(app))

    assert scenes.statuses(app, asked) == ["rejected"]


@pytest.mark.req("S25", "S15")
@pytest.mark.usefixtures("over_https")
def test_over_https_the_cookie_is_tied_to_the_host_and_out_of_reach_of_scripts(app, visitor, ann):
    page = visitor().go(scenes.link_to(app, scenes.sent(app, ann, ALPRO)))
    page.press("Accept", **NAMED)
    code = scenes.code_mailed(app)
    seen = []
    page.browser.event_hooks["response"] = [lambda answer: seen.extend(answer.headers.get_list("Set-Cookie"))]

    page.press(ACCEPT, code=code)

    (cookie,) = [one for one in seen if "decider-" in one]
    assert cookie.startswith("__Host-decider-")
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=2592000"} <= parts
    assert not any(part.startswith("Domain") for part in parts)
