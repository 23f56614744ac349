import re
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from shared.models import Email
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders_mails import CAUSES, Town, written
from tests.builders_role_requests import a_control_body, new_operator_fields
from tests.worker.mail_parts import STEP_TWO, Mails, in_a_town, visible
from worker.letters import Parts

LINKABLE = re.compile(r"(?:\w+://|www\.|[\w.+-]+@)?(?:[\w-]+\.)+[^\W\d_]{2,}[^\s<>\"]*", re.IGNORECASE)
"""What mail programs turn into links, whether or not it is written as one."""
EVIL = '<a href="http://evil.example">{{1234*5678}}'


@pytest.mark.req("S36")
def test_what_an_applicant_typed_is_neither_markup_nor_template_nor_link(session: Session, settings: Settings) -> None:
    settings = replace(settings, public_url="https://gatehouse.example")
    names = {"first_name": EVIL, "last_name": "www.evil.example mailto:a@evil.example"}

    for template in CAUSES:
        mail, recipient = in_a_town(
            session, settings, lambda town, one=template: _written_to(town, _about_a_typed_operator(town, one)), **names
        )

        assert "7006652" not in mail.subject + mail.text + visible(mail.html), template
        assert "evil" not in "".join(re.findall("<[^>]*>", mail.html)), template
        known = {"gatehouse.example", *settings.helpdesk_emails, recipient}
        if template == "approve-address":
            known.add("ann@colzagro.example")  # what its reader has to judge, written so that it can be read
        for part in (mail.subject, mail.text, visible(mail.html)):
            found = {match.strip(".,") for match in LINKABLE.findall(part)}
            assert {match.removeprefix("https://").split("/")[0] for match in found} <= known, template


def _written_to(town: Town, email: Email) -> tuple[Parts, str]:
    return written(town, email), email.recipient


def _about_a_typed_operator(town: Town, template: str) -> Email:
    """The mail of a template about an operator that the applicant created, where it can be about one."""
    if template not in {"request-received", "decide", "code", "closed", "outcome"}:
        return CAUSES[template](town)
    body = a_control_body(town.session)
    role_request = town.is_routed(new_operator=new_operator_fields(body.id, name=f"evil.example {EVIL}"))
    if template == "code":
        town.is_about_to_decide(role_request, Decision.ACCEPT)
    elif template in {"closed", "outcome"}:
        town.decides(role_request, Decision.REJECT, reason="Not at www.evil.example/x or http://evil.example.")
    reader = {"request-received": town.applicant, "outcome": town.applicant, "closed": town.other_approver}
    return town.mail(template, reader.get(template, town.approver))


@pytest.mark.req("R59", "S30")
def test_message_and_contact_data_of_a_request_are_never_mailed(mails: Mails, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = {"message": "Test demonstration", "contact_email": "name@domain.example", "contact_phone": "+32 02 123456"}
    asks = Town.asks
    monkeypatch.setattr(Town, "asks", lambda self, *posts, **changes: asks(self, *posts, **typed | changes))

    for template, mail in mails(*STEP_TWO).items():
        for words in typed.values():
            assert words not in mail.text + mail.html, template


@pytest.mark.req("R72")
def test_a_mail_about_a_decision_names_the_office_and_nobody_who_decided(
    mails: Mails,
) -> None:
    for template, mail in mails("outcome", "closed", "colleague-joined").items():
        assert "Vlaamse Overheid" in mail.text, template
        assert not re.search("Carla|Decider", mail.subject + mail.text + mail.html), template
