"""The pages of the helpdesk: one person at a time, by somebody who has the duty."""

import pytest

from shared.domain.usernames import skeleton
from shared.models import Account, AuditEvent
from tests.builders_links import a_link, token_of
from tests.conftest import NOW
from tests.gateway.pages import scenes
from tests.gateway.pages.helpdesk import LOOK, rows


def looks(database):
    return [one.subject_id for one in rows(database, AuditEvent) if one.action == "helpdesk.looked"]


def test_the_first_page_lists_nobody(helpdesk, ann, nora):
    assert helpdesk.heading == "Helpdesk"
    assert helpdesk.labels == {"who": "E-mail address or username"}
    assert not helpdesk.reads("alpro.example")
    assert helpdesk.page.find("table") is None


@pytest.mark.req("S45")
def test_a_person_is_looked_at_by_address_and_the_look_is_on_record(database, helpdesk, nora, helga):
    helpdesk.press(LOOK, who="Nora@alrpo.example")

    assert helpdesk.heading == "Nora Maes"
    assert helpdesk.address.endswith(f"/helpdesk/people/{nora.id}")
    assert helpdesk.reads("No password yet: the address is not proved")
    assert looks(database) == [nora.id]
    assert f"account:{helga.id}" in {event.actor for event in rows(database, AuditEvent)}


def test_a_person_is_looked_at_by_username(database, helpdesk, ann):
    with database.transaction() as session:
        account = session.get_one(Account, ann.id)
        account.username, account.username_key = "Ann.1", skeleton("Ann.1")

    helpdesk.press(LOOK, who="ann.1")

    assert helpdesk.heading == "Ann Peeters"
    assert helpdesk.reads("Usable; the password was set at 11:32")


@pytest.mark.req("S11", "S10")
def test_no_address_of_a_person_stands_in_an_address_of_ours(helpdesk, ann):
    helpdesk.press(LOOK, who=ann.email)

    assert "alpro" not in helpdesk.address
    links = [str(link["href"]) for link in helpdesk.page.select("main a")]
    assert [link for link in links if "alpro" in link] == []


def test_nobody_is_found_by_a_part(database, helpdesk, ann):
    for who in ("ann", "@alpro.example", "Peeters"):
        helpdesk.press(LOOK, who=who)

        assert (helpdesk.status, list(helpdesk.errors)) == (422, ["who"])
        assert not helpdesk.reads(ann.email)
    assert ann.id not in looks(database)
    assert len(looks(database)) == 3


def test_somebody_has_to_be_named(helpdesk, database):
    helpdesk.press(LOOK)

    assert (helpdesk.status, list(helpdesk.errors)) == (422, ["who"])
    assert looks(database) == []


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "Sent The mail server took it."),
        (
            {"state": "refused", "reason": "bounced 5.1.1", "bounced_at": NOW, "bounce_status": "5.1.1"},
            "Did not arrive It came back: the address does not exist (5.1.1).",
        ),
        (
            {"state": "refused", "reason": "bounced without a status, said of another address", "bounced_at": NOW},
            "Did not arrive It came back: the receiving mail server did not say why (without a code).",
        ),
        ({"reason": "delayed 4.4.1"}, "Late The mail servers go on trying: the receiving mail server could not be"),
        ({"reason": "delivered 2.1.5"}, "Arrived The receiving mail server reported that it arrived."),
        ({"state": "refused", "reason": "the mail server answered 550"}, "Did not arrive No mail server took it."),
        ({"state": "held", "reason": "limit of mails to one address"}, "Held back More mails were asked for"),
        ({"state": "obsolete", "reason": "its link is used"}, "Not needed It was not needed any more"),
        ({"state": "waiting"}, "On its way The mail server has not taken it yet"),
    ],
)
def test_the_state_of_a_mail_is_told_in_words_to_the_helpdesk_and_to_its_reader(
    visitor, helpdesk, ann, sent, changes, shown
):
    email = sent(ann, **changes)

    helpdesk.press(LOOK, who=ann.email)
    assert shown in helpdesk.text
    assert str(email.id) in helpdesk.text

    profile = visitor(ann).go("/production/profile")
    assert shown in profile.text
    assert str(email.id) not in profile.text


@pytest.mark.req("S43")
def test_a_link_is_shown_by_its_state_and_never_by_its_token(app, helpdesk, nora, database, sent):
    with database.transaction() as session:
        link = a_link(session, nora, settings=app.settings, now=NOW)
    sent(nora, template="password", link_id=link.id)

    helpdesk.press(LOOK, who=nora.email)

    assert helpdesk.reads("Valid until 13:02")
    assert token_of(link, app.settings) not in str(helpdesk.page)
    assert "/password/" not in str(helpdesk.page)


def test_a_request_is_shown_with_its_status_and_office(app, helpdesk, ann):
    scenes.sent(app, ann, scenes.ALPRO)

    helpdesk.press(LOOK, who=ann.email)

    row = " ".join(helpdesk.row("Operator: ALPRO").get_text(" ").split())
    assert "Production" in row
    assert "Requested" in row
    assert "Vlaams" in row


@pytest.mark.req("R16")
def test_the_language_can_be_changed_on_every_page(helpdesk, nora):
    helpdesk.press("Français (fr)", who=nora.email)
    assert helpdesk.page.html["lang"] == "fr"
    assert helpdesk.page.find(id="who")["value"] == nora.email
    helpdesk.press("English (en)")

    helpdesk.press(LOOK, who=nora.email)
    helpdesk.press("Send", ground="")
    assert helpdesk.status == 422
    helpdesk.press("Français (fr)")

    assert (helpdesk.status, helpdesk.heading) == (200, "Nora Maes")
