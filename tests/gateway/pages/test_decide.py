"""The page behind the link in an approver's mail: what it shows, and what a press does."""

import pytest
from sqlalchemy import select, update

from shared.models import Administrator, RoleRequest
from tests.builders import a_membership, an_account, an_administrator
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, COFFEETEAM, COLZAGRO, FLANDERS, WALLONIA

NAMED = {"decider_name": "Jan Claes"}


@pytest.fixture
def asked(app, ann):
    """Ann's request for two operators, as the Flemish authority's mailbox was asked to decide it."""
    return scenes.sent(app, ann, ALPRO, COFFEETEAM, message="I am the new import manager.")


@pytest.fixture
def page(app, visitor, asked):
    return visitor().go(scenes.link_to(app, asked))


@pytest.mark.req("S10", "S11")
def test_a_click_leads_to_an_address_without_the_secret_and_opening_decides_nothing(app, visitor, asked):
    link = scenes.link_to(app, asked)
    browser = visitor()
    answer = browser.browser.get(link, follow_redirects=False)
    assert answer.status_code == 303
    assert link.rsplit("/", 1)[1] not in answer.headers["Location"]

    for _ in range(20):
        assert browser.browser.get(link, headers={"User-Agent": "Scanner/1.0"}).status_code == 200
        assert browser.browser.head(link).status_code == 200

    assert scenes.statuses(app, asked) == ["waiting", "waiting"]
    assert scenes.events(app, "role_request.accepted") == []
    assert browser.go(link).reads("Nothing is decided by opening this page.")


@pytest.mark.req("S10", "S12")
def test_a_scanner_uses_up_no_limit_of_the_approver(limits_on, app, visitor, asked):
    link = scenes.link_to(app, asked)
    browser = visitor()
    for _ in range(70):
        assert browser.browser.get(link, headers={"User-Agent": "Scanner/1.0"}).status_code == 200

    browser.go(link).press("Accept", **NAMED)

    assert browser.heading == "Enter the code we mailed"


@pytest.mark.req("S17", "S11")
def test_the_page_stays_in_no_cache_and_tells_no_other_site_where_it_was(app, visitor, asked):
    answer = visitor().browser.get(scenes.link_to(app, asked))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.req("R73", "R1")
def test_the_page_says_why_who_what_and_then_asks_for_the_decision(page, ann):
    assert page.heading == "Ann Peeters asks to be authorised for ALPRO Comm.V.A. and 1 more"
    assert " Production " in page.title
    text = page.text
    order = [
        "Why you are asked",
        f"The mail went to you for {FLANDERS}",
        "the national authority of that country may decide",
        "Also asked:",
        WALLONIA,
        "Who asks",
        f"Ann Peeters , username {ann.username}",
        "ann@alpro.example",
        "I am the new import manager.",
        "What for",
        "ALPRO Comm.V.A. TRACES Number: BE-ORG-OP-5",
        "Organic Importer (ORGANIC IMPORTER)",
        "If you accept, Ann Peeters may act for this in Production.",
        "Your decision",
    ]
    places = [text.index(words, text.index("Why you are asked")) for words in order]
    assert places == sorted(places)
    assert page.green_buttons == {"Accept"}
    assert len(page.page.select("button[name=decision]")) == 2


@pytest.mark.req("R67", "R70", "R62")
@pytest.mark.usefixtures("without_codes")
def test_accepting_gives_both_posts_and_the_applicant_sees_it(app, visitor, page, asked, ann):
    page.press("Accept", **NAMED)

    assert page.reads("Your decision is recorded: accepted.")
    assert page.heading == "This request is decided"
    assert scenes.statuses(app, asked) == ["accepted", "accepted"]
    assert len(scenes.memberships_of(app, ann)) == 2
    profile = visitor(ann).go("/production/profile")
    assert profile.reads("Memberships (2)")
    assert profile.reads(f"Accepted by {FLANDERS}.")
    assert "Jan Claes" not in profile.text


@pytest.mark.req("R67")
@pytest.mark.usefixtures("without_codes")
def test_rejecting_needs_a_reason_which_the_applicant_reads(app, visitor, page, asked, ann):
    page.press("Reject", **NAMED)
    assert page.status == 422
    assert page.errors == {"reason": "Reason: Give a reason. The applicant reads it."}
    assert page.page.find(id="decider_name")["value"] == "Jan Claes"
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]

    page.press("Reject", reason="Not known here.")

    assert scenes.statuses(app, asked) == ["rejected", "rejected"]
    assert visitor(ann).go("/production/profile").reads("Reason: Not known here.")


@pytest.mark.usefixtures("without_codes")
def test_an_office_mailbox_is_asked_for_the_deciders_name(app, page, asked):
    page.press("Accept")

    assert list(page.errors) == ["decider_name"]
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]


@pytest.mark.usefixtures("without_codes")
def test_each_item_has_a_tick_and_what_loses_it_stays_open(app, page, asked):
    first, second = (box["value"] for box in page.page.select("input[name=item_ids][checked]"))
    page.press("Accept", item_ids=[second], **NAMED)
    assert scenes.statuses(app, asked) == ["waiting", "accepted"]
    assert page.heading == "Ann Peeters asks to be authorised for ALPRO Comm.V.A."

    page.press("Reject", reason="No.", **NAMED)

    assert first != second
    assert scenes.statuses(app, asked) == ["rejected", "accepted"]


@pytest.mark.usefixtures("without_codes")
def test_without_any_tick_nothing_is_decided(app, page, asked):
    page.press("Accept", item_ids=[], **NAMED)

    assert page.status == 422
    assert list(page.errors) == ["item_ids"]
    assert not page.page.select("input[name=item_ids][checked]")
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]


@pytest.mark.usefixtures("without_codes")
@pytest.mark.parametrize(("keeps_tick", "administrators"), [(True, 2), (False, 0)])
def test_the_administrators_tick_is_set_for_the_first_person_and_can_be_taken_off(
    app, page, ann, keeps_tick, administrators
):
    assert page.page.find(id="grant_administrator").has_attr("checked")
    assert page.labels["grant_administrator"] == "Make Ann Peeters Administrator of these 2 organisations"

    page.press("Accept", grant_administrator=keeps_tick, **NAMED)

    with app.database.reading() as session:
        assert (
            len(session.scalars(select(Administrator).where(Administrator.account_id == ann.id)).all())
            == administrators
        )


def test_the_administrators_tick_is_not_set_where_there_is_somebody_already(app, visitor, ann, database):
    with database.transaction() as session:
        alpro = scenes.organisation(session, ALPRO)
        colleague = an_account(session)
        a_membership(session, colleague, alpro.posts[0])
        an_administrator(session, colleague, alpro)

    page = visitor().go(scenes.link_to(app, scenes.sent(app, ann, ALPRO)))

    assert not page.page.find(id="grant_administrator").has_attr("checked")


@pytest.mark.usefixtures("without_codes")
def test_a_form_sent_by_neither_button_decides_nothing(app, page, asked):
    page.page.find("button", value="accept")["name"] = ""

    page.press("Accept", **NAMED)

    assert page.status == 422
    assert page.reads("Choose accept or reject.")
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]


@pytest.mark.req("S32")
@pytest.mark.usefixtures("without_codes")
def test_a_page_that_is_out_of_date_is_shown_anew_before_it_counts(app, page, asked):
    with app.database.transaction() as session:
        session.execute(update(RoleRequest).where(RoleRequest.id == asked).values(version=RoleRequest.version + 1))

    page.press("Accept", **NAMED)
    assert page.status == 422
    assert page.reads("The request has changed since this page was shown.")
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]
    page.press("Accept")

    assert scenes.statuses(app, asked) == ["accepted", "accepted"]


@pytest.mark.req("S11")
@pytest.mark.usefixtures("without_codes")
def test_of_two_links_in_two_tabs_the_press_in_the_first_decides_the_first(app, visitor, ann, database):
    with database.transaction() as session:
        bob = an_account(session, email="bob@other.example", first_name="Bob", last_name="Maes")
    one, other = scenes.sent(app, ann, ALPRO), scenes.sent(app, bob, COLZAGRO)
    browser = visitor().go(scenes.link_to(app, one))
    first_tab = browser.address, browser.page
    browser.go(scenes.link_to(app, other))

    browser.address, browser.page = first_tab
    browser.press("Accept", **NAMED)

    assert (scenes.statuses(app, one), scenes.statuses(app, other)) == (["accepted"], ["waiting"])


@pytest.mark.req("S11", "S6")
def test_the_address_of_the_page_opens_nothing_in_another_browser(visitor, page):
    stranger = visitor()

    stranger.open(page.address)

    assert stranger.status == 404
    assert "Ann" not in stranger.text


@pytest.mark.req("S28", "S29")
@pytest.mark.usefixtures("without_codes")
def test_a_field_that_the_page_does_not_have_is_refused(app, page, asked):
    for field in ("office_id", "status", "token", "decider_token", "account_id"):
        page.open(page.address)
        page.page.find(id="decide").append(page.page.new_tag("input", attrs={"type": "hidden", "name": field}))

        page.press("Accept", **NAMED, **{field: "x"})

        assert page.status == 422, field
    assert scenes.statuses(app, asked) == ["waiting", "waiting"]


@pytest.mark.req("R16")
def test_a_change_of_the_language_keeps_what_was_typed(page):
    page.press("Deutsch (de)", reason="Because", grant_administrator=False)

    assert page.page.html["lang"] == "de"
    assert page.page.find(id="reason").get_text() == "Because"
    assert not page.page.find(id="grant_administrator").has_attr("checked")
