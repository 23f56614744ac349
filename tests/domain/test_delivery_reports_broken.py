"""Reports that are none, are cut short, are damaged, or mean harm: nothing raises, nothing takes for ever."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.delivery_reports import LARGEST, MOST_PARTS, MOST_RECIPIENTS, read_report
from tests.builders_reports import groups, qmail
from tests.builders_reports_servers import KINDS, exchange, gmail, postfix
from tests.domain.reports import ABOUT, FAILED, MAIL, read, understood


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Subject: out of office\n\nI am away until Monday.",
        qmail(ABOUT),
        postfix(ABOUT).replace("report-type=delivery-status", "report-type=disposition-notification"),
        postfix(ABOUT).replace("multipart/report", "multipart/mixed"),
        postfix(ABOUT).replace("message/delivery-status", "text/plain"),
        postfix(ABOUT).replace("--9A1C41A0C2", "--other"),
    ],
)
def test_what_is_no_report_of_the_standard_is_not_guessed_at(text: str) -> None:
    assert read(text) is None


def test_a_report_cut_short_is_understood_as_far_as_it_goes() -> None:
    text = gmail(ABOUT)

    assert read(text[: text.index("Action:")]) is None
    assert understood(text[: text.index("Remote-MTA")]).mail_ids == (MAIL,)


@pytest.mark.req("S51")
def test_the_returned_mail_may_be_as_large_as_it_likes() -> None:
    text = gmail(ABOUT).replace("Set your password.", "x" * 70 + "\n" * 1)
    huge = text.replace("x" * 70 + "\n", ("x" * 70 + "\n") * 100_000)

    assert understood(huge).mail_ids == (MAIL,)


@pytest.mark.req("S51")
def test_what_stands_beyond_the_part_that_is_read_does_not_count() -> None:
    text = groups(ABOUT, FAILED)
    preamble = "This is a MIME-encapsulated message.\n" * (LARGEST // 30)

    assert read(text.replace("\n\n--limit\n", f"\n\n{preamble}\n--limit\n", 1)) is None


@pytest.mark.req("S51")
def test_of_many_recipients_the_first_count() -> None:
    report = understood(groups(ABOUT, *[FAILED] * (MOST_RECIPIENTS + 50)))

    assert len(report.recipients) == MOST_RECIPIENTS


def nested(levels: int) -> str:
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n' for level in range(levels))
    return f"MIME-Version: 1.0\n{opening}\n" + "\n" * LARGEST


@pytest.mark.req("S51")
@pytest.mark.parametrize(
    "raw",
    [
        nested(MOST_PARTS).encode(),
        nested(4_000).encode(),
        b"Content-Type: message/rfc822\n\n" * 9_000,
        b"Content-Type: message/rfc822\r\r" * 9_000,
        b"Content-Type: multipart/report; report-type=" + b"(" * LARGEST,
        b"Content-Type: multipart/report; " + b"a*0*=%;" * 40_000,
        b"Content-Type: text/plain; name*\n\n",
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"\x00" * LARGEST,
        b"\xff\xfe" * 1000,
        b"A: b\n" * 60_000,
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_malice_is_not_understood_and_neither_raises_nor_takes_for_ever(raw: bytes) -> None:
    assert read_report(raw, sender_domain="gatehouse.example") is None


LINES = st.sampled_from(
    [
        *gmail(ABOUT).splitlines(),
        *exchange(ABOUT).splitlines(),
        "",
        "Content-Type: message/delivery-status",
        "Content-Type: message/rfc822; name*0*",
        'Content-Type: multipart/report; boundary="limit"',
        "--limit",
        "--limit--",
        "Final-Recipient: rfc822; \udcff@alpro.example",
        "Action: failed",
        "\tfolded",
        "Content-Transfer-Encoding: base64",
    ]
)


@pytest.mark.req("S51")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES | st.text(max_size=60), max_size=60), st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_mixture_of_lines_raises(lines: list[str], line_ends: str) -> None:
    text = 'Content-Type: multipart/report; boundary="limit"\n\n--limit\n' + line_ends.join(lines)

    report = read_report(text.encode(errors="surrogateescape"), sender_domain="gatehouse.example")

    assert report is None or report.recipients


@pytest.mark.req("S51")
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_no_damage_to_a_report_raises(kind: str, data: st.DataObject) -> None:
    raw = KINDS[kind](ABOUT).encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 80)))
        raw = raw[:start] + data.draw(st.binary(max_size=8)) + raw[end:]

    report = read_report(raw, sender_domain="gatehouse.example")

    assert report is None or report.recipients
