from uuid import UUID

import pytest

from shared.domain.deliveries import MailState
from shared.domain.delivery_reports import STATE_AFTER, Action, noted, said_of
from tests.builders_reports import ANN, About, groups
from tests.builders_reports_servers import KINDS
from tests.domain.reports import ABOUT, DELAYED, FAILED, MAIL, read, understood


@pytest.mark.parametrize("line_ends", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_of_each_kind_of_server_is_understood(kind: str, line_ends: str) -> None:
    report = understood(KINDS[kind](ABOUT).replace("\n", line_ends))

    assert report.mail_ids[0] == MAIL
    (recipient,) = report.recipients
    assert (recipient.action, recipient.status, recipient.keys) == (Action.FAILED, "5.1.1", {ANN})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_understood(kind: str, action: Action) -> None:
    report = understood(KINDS[kind](About(email_id=MAIL, action=action.value, status="2.1.5")))

    assert report.recipients[0].action is action


@pytest.mark.parametrize("kind", ["Postfix", "Sendmail"])
def test_the_returned_headers_are_enough_to_know_the_mail(kind: str) -> None:
    text = KINDS[kind](ABOUT)
    assert text.count(str(MAIL)) == 1

    assert MAIL in understood(text).mail_ids


@pytest.mark.parametrize(
    "place", ["Original-Message-ID: {}", "X-Original-Message-ID: {}", "Original-Message-Id: {bare}"]
)
def test_the_fields_of_the_report_are_enough_to_know_the_mail(place: str) -> None:
    field = place.format(ABOUT.message_id, bare=ABOUT.message_id.strip("<>"))
    text = groups(About(email_id=UUID(int=7)), field, FAILED)

    assert understood(text).mail_ids == (MAIL, UUID(int=7))


@pytest.mark.parametrize("place", ["In-Reply-To", "References", "X-Original-Message-ID"])
def test_the_headers_of_the_report_are_enough_to_know_the_mail(place: str) -> None:
    text = groups(ABOUT, FAILED).replace("In-Reply-To", place)

    assert understood(text).mail_ids == (MAIL,)


@pytest.mark.parametrize(
    "message_id",
    [
        f"<{MAIL}@elsewhere.example>",
        f"<{MAIL}@gatehouse.example.evil.example>",
        f"<{MAIL}@mail.gatehouse.example>",
        f"<x{MAIL}@gatehouse.example>",
        f"<{MAIL}0@gatehouse.example>",
        "<57b8f3ceb0fc4d17a1057e57e9e0d92f@gatehouse.example>",
        "",
    ],
)
def test_an_id_that_is_not_of_our_shape_at_our_domain_names_nothing(message_id: str) -> None:
    text = groups(ABOUT, FAILED).replace(ABOUT.message_id, message_id)

    assert understood(text).mail_ids == ()


def test_our_domain_is_known_in_any_case() -> None:
    text = groups(ABOUT, FAILED).replace(ABOUT.message_id, ABOUT.message_id.upper())

    assert understood(text).mail_ids == (MAIL,)


@pytest.mark.req("S40")
@pytest.mark.parametrize(
    "field",
    [
        "rfc822; Ann@ALPRO.example",
        "RFC822;<ann@alpro.example>",
        "rfc822;\tann@alpro.example",
        "utf-8; ann@alpro.example",
    ],
)
def test_an_address_is_known_however_it_is_written(field: str) -> None:
    report = understood(groups(ABOUT, f"Final-Recipient: {field}\nAction: failed\nStatus: 5.1.1"))

    assert report.recipients[0].keys == {ANN}


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("5.1.1", "5.1.1"),
        ("5.1.1 (bad destination mailbox address)", "5.1.1"),
        ("5.7.509", "5.7.509"),
        ("550", None),
        ("5.1.1.1", "5.1.1"),
        ("9.1.1", None),
        ("5.1.1111", None),
        ("", None),
        ("\u0665.\u0661.\u0661", None),
    ],
)
def test_a_status_is_a_code_of_the_standard_or_none(status: str, read_as: str | None) -> None:
    block = f"Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: {status}"

    assert understood(groups(ABOUT, block)).recipients[0].status == read_as


@pytest.mark.parametrize(
    "block",
    [
        f"Final-Recipient: rfc822; {ANN}\nStatus: 5.1.1",
        f"Final-Recipient: rfc822; {ANN}\nAction: exploded\nStatus: 5.1.1",
        "Action: failed\nStatus: 5.1.1",
        "Final-Recipient: rfc822; Ann Peeters\nAction: failed\nStatus: 5.1.1",
        f"Final-Recipient: {ANN}\nAction: failed\nStatus: 5.1.1",
    ],
)
def test_a_block_without_an_action_or_an_address_says_nothing(block: str) -> None:
    assert read(groups(ABOUT, block)) is None
    assert len(understood(groups(ABOUT, block, FAILED)).recipients) == 1


def test_a_report_about_several_recipients_has_a_line_for_each() -> None:
    other = FAILED.replace(ANN, "bob@alpro.example").replace("failed", "delivered").replace("5.1.1", "2.1.5")

    found = understood(groups(ABOUT, FAILED, other)).recipients

    assert [(one.action, one.status) for one in found] == [(Action.FAILED, "5.1.1"), (Action.DELIVERED, "2.1.5")]


@pytest.mark.parametrize(
    ("blocks", "action", "status", "is_alias"),
    [
        ([FAILED], Action.FAILED, "5.1.1", False),
        ([DELAYED, FAILED], Action.FAILED, "5.1.1", False),
        ([FAILED.replace(ANN, "bob@alpro.example"), DELAYED], Action.DELAYED, "4.4.1", False),
        ([FAILED.replace(ANN, "bob@home.example")], Action.FAILED, "5.1.1", True),
        (
            [FAILED.replace(ANN, "bob@home.example"), DELAYED.replace(ANN, "carla@home.example")],
            Action.DELAYED,
            "4.4.1",
            True,
        ),
        (
            [f"Original-Recipient: rfc822; {ANN}\n" + FAILED.replace(ANN, "bob@home.example")],
            Action.FAILED,
            "5.1.1",
            False,
        ),
    ],
)
def test_of_several_lines_the_recipients_own_count_first_then_the_worst_and_of_an_alias_the_mildest(
    blocks: list[str], action: Action, status: str, is_alias: bool
) -> None:
    said = said_of(understood(groups(ABOUT, *blocks)), ANN)

    assert (said.action, said.status, said.is_alias) == (action, status, is_alias)


@pytest.mark.parametrize(
    ("block", "note"),
    [
        (FAILED, "bounced 5.1.1"),
        (FAILED.replace("5.1.1", ""), "bounced without a status"),
        (FAILED.replace(ANN, "bob@home.example"), "bounced 5.1.1, said of another address"),
        (DELAYED, "delayed 4.4.1"),
        (DELAYED.replace("delayed", "delivered").replace("4.4.1", "2.1.5"), "delivered 2.1.5"),
    ],
)
def test_what_was_said_is_noted_without_an_address_and_read_back(block: str, note: str) -> None:
    said = said_of(understood(groups(ABOUT, block)), ANN)

    assert said.note == note
    assert noted(note) == said


@pytest.mark.parametrize(
    "reason", [None, "", "parked: it could not be written or sent", "its link is used", "the mail server answered 550"]
)
def test_other_reasons_are_no_notes_of_reports(reason: str | None) -> None:
    assert noted(reason) is None


def test_only_a_mail_that_was_sent_changes_by_a_report() -> None:
    assert {(state, action): STATE_AFTER.get((state, action)) for state in MailState for action in Action} == {
        (state, action): None for state in MailState for action in Action
    } | {
        (MailState.SENT, Action.FAILED): MailState.REFUSED,
        (MailState.SENT, Action.DELAYED): MailState.SENT,
        (MailState.SENT, Action.DELIVERED): MailState.SENT,
    }
