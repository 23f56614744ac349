"""The window "Confirm authorisation request for ...", and what sending it does."""

import pytest

from tests.builders_role_requests import a_role_request
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, COFFEETEAM


def confirming(browser, *names, environment="production"):
    browser.find_operators(environment)
    browser.press("Request Authorisation", post_ids=browser.tick(*names))
    return browser


@pytest.mark.req("R57", "R58", "R59")
@pytest.mark.parametrize(
    ("search", "row", "name"),
    [
        ("operators?country=BE", "ALPRO", "ALPRO Comm.V.A."),
        ("authorities?country=BE", "Aalst", "Aalst Customs Authority"),
        ("control-bodies?country=NL", "AE-BIO-149", "Control Union Certifications"),
    ],
)
def test_every_kind_of_role_is_confirmed_with_the_words_of_the_letter(visitor, ann, search, row, name):
    browser = visitor(ann).go(f"/production/{search}")

    browser.press("Request authorisation", post_ids=browser.tick(row))

    assert browser.heading == f"Confirm authorisation request for {name}"
    assert browser.reads("Optionally, you can provide some additional useful information.")
    assert browser.labels == {
        "message": "Request message (optional)",
        "contact_email": "Contact Email (optional)",
        "contact_phone": "Contact Phone (optional)",
    }
    assert browser.green_buttons == {"Send authorisation request"}
    assert " Production " in browser.title


@pytest.mark.req("R58", "R59", "R60")
def test_the_samples_of_the_letter_are_accepted_and_kept_with_the_request(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO")

    browser.press(
        "Send authorisation request",
        message="Test demonstration",
        contact_email="name@domain.com",
        contact_phone="+32 02 123456",
    )

    (role_request,) = scenes.requests_of(app, ann)
    assert (role_request.message, role_request.contact_email, role_request.contact_phone) == (
        "Test demonstration",
        "name@domain.com",
        "+32 02 123456",
    )


@pytest.mark.req("R60")
def test_nothing_is_sent_before_the_press_and_cancel_leads_back_to_the_search(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO")

    browser.follow("Cancel")

    assert browser.heading == "Select an operator"
    assert browser.address.endswith("/production/operators?country=BE")
    assert scenes.requests_of(app, ann) == []


@pytest.mark.req("S37")
@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leads_elsewhere(visitor, ann, back):
    browser = confirming(visitor(ann), "ALPRO")

    browser.press("Send authorisation request", back=back, contact_email="wrong")

    assert browser.page.find("a", string="Cancel")["href"] == "/"


@pytest.mark.req("R61", "R62")
def test_after_sending_a_green_message_is_announced_once_and_the_fact_stands_in_the_profile(visitor, ann):
    browser = confirming(visitor(ann), "ALPRO", "Coffeeteam")

    browser.press("Send authorisation request")

    assert browser.heading == "Your profile"
    (message,) = browser.page.select("main [role=status]")
    assert message.get_text() == "Your authorisation request for ALPRO Comm.V.A. and 1 more has been sent."
    browser.open(browser.address)
    assert not browser.page.select("main [role=status]")
    assert [tag.get_text() for tag in browser.page.select(".request .tag")] == ["Requested", "Requested"]
    assert browser.reads("ALPRO Comm.V.A. TRACES Number: BE-ORG-OP-5")


@pytest.mark.req("R31")
def test_what_lost_its_tick_in_the_window_is_not_asked_for(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO", "Coffeeteam")
    first, second = (box["value"] for box in browser.page.select("input[name=post_ids]"))

    browser.press("Send authorisation request", post_ids=[second])

    assert first != second
    assert scenes.names_asked(app, ann) == [COFFEETEAM]


@pytest.mark.req("R31", "R63")
def test_without_any_tick_left_the_window_stays_with_all_it_offered(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO", "Coffeeteam")

    browser.press("Send authorisation request", post_ids=[], message="Hello")

    assert browser.status == 422
    assert list(browser.errors) == ["post_ids"]
    assert len(browser.page.select("input[type=checkbox][name=post_ids]")) == 2
    assert browser.page.find(id="message").get_text() == "Hello"
    assert scenes.requests_of(app, ann) == []


@pytest.mark.req("R59", "S35")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", "x" * 2001),
        ("message", "a\u202eb"),
        ("contact_email", "nonsense"),
        ("contact_email", "a@b.example\nBcc: c@d.example"),
        ("contact_phone", "123"),
        ("contact_phone", "call me"),
    ],
)
def test_a_wrong_word_is_named_at_its_field_and_everything_typed_stays(app, visitor, ann, field, value):
    browser = confirming(visitor(ann), "ALPRO", "Coffeeteam")
    only = browser.page.select("input[name=post_ids]")[0]["value"]
    typed = {"message": "Hello", "contact_email": "name@domain.com", "contact_phone": "+32 02 123456"} | {field: value}

    browser.press("Send authorisation request", post_ids=[only], **typed)

    assert browser.status == 422
    assert browser.title.startswith("Error: Confirm authorisation request for ALPRO Comm.V.A. and 1 more")
    assert list(browser.errors) == [field]
    assert browser.page.find(id=field)["aria-invalid"] == "true"
    others = {name: text for name, text in typed.items() if name != field}
    for name, text in others.items():
        box = browser.page.find(id=name)
        assert text in (box.get("value"), box.get_text())
    assert [box["value"] for box in browser.page.select("input[name=post_ids][checked]")] == [only]
    assert scenes.requests_of(app, ann) == []


@pytest.mark.req("S28", "S29")
def test_a_field_that_the_window_does_not_have_is_refused(app, visitor, ann):
    for field in ("status", "approver_id", "kind", "control_body_id", "account_id", "environment"):
        browser = confirming(visitor(ann), "ALPRO")
        browser.page.find(id="send").append(browser.page.new_tag("input", attrs={"type": "hidden", "name": field}))

        browser.press("Send authorisation request", **{field: "accepted"})

        assert browser.status == 422, field
    assert scenes.requests_of(app, ann) == []


@pytest.mark.req("R30")
def test_a_second_kind_is_refused_with_the_reason(app, visitor, ann):
    browser = visitor(ann).go("/production/authorities", country="BE")
    browser.press("Request authorisation", post_ids=browser.tick("Aalst"))
    scenes.sent(app, ann, ALPRO)

    browser.press("Send authorisation request")

    assert browser.status == 409
    assert "each individual can only take one kind of role" in browser.errors["post_ids"]
    assert len(scenes.requests_of(app, ann)) == 1


@pytest.mark.req("R32")
def test_a_second_request_for_the_same_post_is_refused_and_what_is_new_is_sent(app, visitor, ann):
    scenes.sent(app, ann, ALPRO)
    browser = confirming(visitor(ann), "ALPRO")
    browser.press("Send authorisation request")
    assert browser.status == 409
    assert "You have asked for this already." in browser.errors["post_ids"]

    confirming(browser, "ALPRO", "Coffeeteam").press("Send authorisation request")

    assert browser.reads("Your authorisation request for Coffeeteam has been sent.")
    assert browser.reads("Left out, because you have asked for it already: ALPRO Comm.V.A..")


@pytest.mark.req("R7")
def test_a_request_in_training_shows_nowhere_in_production(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO", environment="training")
    browser.press("Send authorisation request")
    assert browser.address.endswith("/training/profile")

    browser.go("/production/profile")

    assert browser.reads("Open requests (0)")
    assert not browser.reads("ALPRO Comm")
    assert [one.environment for one in scenes.requests_of(app, ann)] == ["training"]


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_limit_is_explained_on_the_page_and_told_to_programs_in_a_header(app, visitor, ann, database):
    with database.transaction() as session:
        for _ in range(20):
            a_role_request(session, ann, scenes.post_of(session, ALPRO), status="rejected")
    browser = confirming(visitor(ann), "Coffeeteam")
    answers = []
    browser.browser.event_hooks["response"] = [answers.append]

    browser.press("Send authorisation request")

    assert browser.status == 429
    assert "20 requests a day" in browser.errors["post_ids"]
    assert "Try again in 1440 minutes." in browser.errors["post_ids"]
    assert answers[0].headers["Retry-After"] == "86400"


@pytest.mark.req("R16")
def test_a_change_of_the_language_keeps_what_was_typed_and_sends_nothing(app, visitor, ann):
    browser = confirming(visitor(ann), "ALPRO")

    browser.press("Deutsch (de)", message="Hello")

    assert browser.page.html["lang"] == "de"
    assert browser.page.find(id="message").get_text() == "Hello"
    assert scenes.requests_of(app, ann) == []


def test_reloading_the_address_of_the_window_leads_to_the_profile(visitor, ann):
    assert visitor(ann).go("/production/role-requests").heading == "Your profile"
