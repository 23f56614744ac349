import pytest

from shared.models import AuditEvent, Email
from tests.conftest import NOW
from tests.gateway.pages.helpdesk import LOOK, rows


def test_a_new_link_is_sent_and_says_so(database, helpdesk, nora, helga):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Send", ground="call 4711")

    assert helpdesk.reads("The mail is on its way.")
    assert helpdesk.heading == "Nora Maes"
    assert [(mail.template, mail.recipient) for mail in rows(database, Email)] == [("password", nora.email)]
    (event,) = (one for one in rows(database, AuditEvent) if one.action == "helpdesk.password_link_sent")
    assert (event.actor, event.ground) == (f"account:{helga.id}", "call 4711")


def test_a_mail_that_came_back_can_be_chosen_and_goes_again(database, helpdesk, ann, sent):
    bounced = sent(ann, state="refused", reason="bounced 5.2.2", bounced_at=NOW, bounce_status="5.2.2")
    arrived = sent(ann)
    helpdesk.press(LOOK, who=ann.email)
    offered = [option["value"] for option in helpdesk.page.select("#email_id option")]
    assert offered == ["", str(bounced.id)]

    helpdesk.press("Send", email_id=str(bounced.id), ground="mailbox emptied")

    assert {mail.id: mail.state for mail in rows(database, Email)} == {bounced.id: "waiting", arrived.id: "sent"}


@pytest.mark.req("S45")
@pytest.mark.parametrize("ground", ["", "x", "for ann@alpro.example"])
def test_nothing_is_sent_without_a_ground(database, helpdesk, nora, ground):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Send", ground=ground)

    assert (helpdesk.status, list(helpdesk.errors)) == (422, ["ground"])
    assert rows(database, Email) == []


@pytest.mark.req("S12")
def test_a_fourth_link_within_a_day_has_to_wait(database, helpdesk, nora):
    helpdesk.press(LOOK, who=nora.email)
    for _ in range(3):
        helpdesk.press("Send", ground="call 4711")

    helpdesk.press("Send", ground="call 4711")

    assert helpdesk.status == 429
    assert helpdesk.errors == {
        "email_id": "What to send: This was done three times within a day for this person. Try again in 24 hours."
    }
    assert len(rows(database, Email)) == 3


@pytest.mark.req("S26")
def test_a_mail_of_somebody_else_cannot_be_sent_from_this_persons_page(database, helpdesk, ann, nora, sent):
    foreign = sent(ann, state="refused")
    helpdesk.press(LOOK, who=nora.email)
    choice = helpdesk.page.new_tag("option", attrs={"value": str(foreign.id), "selected": True})
    helpdesk.page.find(id="email_id").append(choice)

    helpdesk.press("Send", email_id=str(foreign.id), ground="call 4711")

    assert helpdesk.status == 404
    assert [mail.state for mail in rows(database, Email)] == ["refused"]
