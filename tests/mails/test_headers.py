"""What stands above every mail, and how mails of one request hang together."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Email
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders_mails import CAUSES, a_town
from tests.builders_role_requests import an_operator_post
from tests.mails.catalogues import in_each_language
from tests.mails.printer import PrintedMail, print_all
from tests.mails.to_applicants import later
from tests.mails.variants import STEP_ONE, VARIANTS
from worker.headers import headers_of

USUAL = {
    *("content-type", "mime-version", "subject", "from", "to", "date", "message-id"),
    *("auto-submitted", "content-language", "x-gatehouse-template"),
}
OF_A_ROLE = {*USUAL, "x-gatehouse-environment"}
OF_A_REQUEST = {*OF_A_ROLE, "references", "in-reply-to"}
MANY = "\r\nBcc: eve@elsewhere.example\r\n\r\n"


@in_each_language
@pytest.mark.slow
@pytest.mark.req("S35")
def test_a_mail_says_that_a_program_wrote_it_and_in_which_language(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        headers = mail.message
        assert headers["Auto-Submitted"] == "auto-generated", mail.name
        assert headers["Content-Language"] == language, mail.name
        assert headers["X-Gatehouse-Template"] == mail.variant.template, mail.name
        assert headers["Message-ID"].startswith("<"), mail.name
        assert headers["Message-ID"].endswith("@gatehouse.example>"), mail.name
        assert headers["To"] == (mail.contents["recipient"] or headers["To"]), mail.name
        assert headers["Date"].datetime.tzinfo is not None, mail.name


@in_each_language
@pytest.mark.slow
@pytest.mark.req("S35")
def test_no_mail_has_a_header_too_many_or_twice(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        names = [name.lower() for name in mail.message.keys()]  # noqa: SIM118 (a message, no dict)
        wanted = USUAL if mail.variant.template in STEP_ONE else OF_A_REQUEST
        if mail.variant.template == "name-changed":
            wanted = OF_A_ROLE
        assert sorted(names) == sorted(wanted), mail.name


@pytest.mark.req("S35")
def test_a_name_with_line_breaks_starts_no_header(mail_press: tuple[Session, Settings]) -> None:
    names = {"first_name": f"Ann{MANY}", "last_name": f"Peeters{MANY}", "operator_name": f"ALPRO{MANY}"}

    # A profile does not take such a name, so no mail can tell of it.
    variants = [variant for variant in VARIANTS if variant.template != "name-changed"]
    for mail in print_all(*mail_press, ["en"], variants, **names):
        assert mail.message["Bcc"] is None, mail.name
        assert b"\r\nBcc" not in mail.raw.partition(b"\r\n\r\n")[0], mail.name
        assert len(mail.message["Subject"].splitlines()) == 1, mail.name
        assert mail.part("plain").replace("\r\n", "\n").rstrip().endswith("European Commission.") or (
            mail.variant.state == "no demonstration"
        ), mail.name


def test_all_mails_about_one_request_are_one_thread_for_whoever_gets_them(session: Session, settings: Settings) -> None:
    town = a_town(session, settings)
    role_request = town.is_routed()
    later(town, 7)
    town.decides(role_request, Decision.ACCEPT)
    mails = session.scalars(select(Email).where(Email.role_request_id == role_request.id)).all()

    parents = {(mail.recipient, headers_of(mail, "gatehouse.example")["References"]) for mail in mails}

    assert {mail.template for mail in mails} >= {"request-received", "decide", "reminder", "outcome", "closed"}
    assert len(mails) > len(parents) == len({mail.recipient for mail in mails})
    assert {parent for _, parent in parents} == {f"<{role_request.id}@gatehouse.example>"}
    for mail in mails:
        headers = headers_of(mail, "gatehouse.example")
        assert headers["In-Reply-To"] == headers["References"]


def test_two_requests_of_one_person_are_two_threads(session: Session, settings: Settings) -> None:
    town = a_town(session, settings)
    town.asks()
    town.asks(an_operator_post(session))
    mails = session.scalars(select(Email).where(Email.template == "request-received")).all()

    assert len({headers_of(mail, "gatehouse.example")["References"] for mail in mails}) == len(mails) == 2


@pytest.mark.parametrize("template", sorted(STEP_ONE))
def test_a_mail_about_the_account_belongs_to_no_thread(session: Session, settings: Settings, template: str) -> None:
    headers = headers_of(CAUSES[template](a_town(session, settings)), "gatehouse.example")

    assert not headers.keys() & {"References", "In-Reply-To"}


def test_a_copy_of_a_mail_has_the_same_id_and_the_same_thread(mail_press: tuple[Session, Settings]) -> None:
    decide = next(variant for variant in VARIANTS if variant.template == "decide")

    one, other = print_all(*mail_press, ["en", "en"], [decide])

    assert one.raw == other.raw
