"""The bytes of a mail, as a mail program reads them."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from worker.mime import LONGEST_LINE, Message


def a_message(**changes: object) -> Message:
    values = {
        "msg_id": "<57b8f3ce@gatehouse.example>",
        "sender": "no-reply@gatehouse.example",
        "recipient": "ann@alpro.example",
        "subject": "Set your password",
        "text": "Hello Ann\n",
        "html": "<p>Hello Ann</p>\n",
        "headers": {"Auto-Submitted": "auto-generated"},
    }
    return Message(**values | changes)  # type: ignore[arg-type]


def read(message: Message) -> EmailMessage:
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("is_8bit_taken", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "Hello\n",
        "",
        "Zażółć gęślą jaźń, Ελληνικά, Български\n",
        "a line\n.\nand a dot\n..two\n",
        "x" * 3000 + "\n",
        "é" * 3000 + "\n",
        "no end",
        "carriage\r\nreturns\rof all\nkinds\n",
        "--=_57b8f3ce\nlooks like a border\n"[2:],
    ],
)
def test_both_parts_are_read_as_they_were_written(text: str, is_8bit_taken: bool):
    message = a_message(text=text, html=f"<p>{text}</p>")
    message.is_8bit_taken = is_8bit_taken

    found = read(message)

    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert part(found, "plain").rstrip("\n") == plain.rstrip("\n")
    assert part(found, "html").rstrip("\n") == f"<p>{plain}</p>".rstrip("\n")
    assert found.defects == []


@pytest.mark.parametrize("is_8bit_taken", [True, False])
def test_no_line_is_longer_than_a_server_must_take_and_every_line_ends_as_it_should(is_8bit_taken: bool):
    message = a_message(text="é" * 5000, html="<p>" + "x" * 5000, subject="Ünï " * 20)
    message.is_8bit_taken = is_8bit_taken

    raw = message.as_bytes()

    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


def test_a_server_that_takes_seven_bits_gets_seven_bits():
    message = a_message(text="Ελληνικά\n", subject="Ορίστε κωδικό")
    message.is_8bit_taken = False

    assert message.as_bytes().isascii()


@pytest.mark.parametrize(
    "subject",
    [
        "Set your password",
        "Définissez votre mot de passe",
        "Задайте парола " * 6,
        "=?utf-8?q?no_encoded_word?=",
        "word " * 19,
    ],
)
def test_a_subject_is_read_as_it_was_written(subject: str):
    assert read(a_message(subject=subject.strip()))["Subject"] == subject.strip()


def test_headers_are_there_once_and_in_one_block():
    found = read(a_message(headers={"X-Gatehouse-Template": "password", "References": "<a@gatehouse.example>"}))

    assert found["Message-ID"] == "<57b8f3ce@gatehouse.example>"
    assert (found["From"], found["To"]) == ("no-reply@gatehouse.example", "ann@alpro.example")
    assert (found["X-Gatehouse-Template"], found["References"]) == ("password", "<a@gatehouse.example>")
    assert found.get_content_type() == "multipart/alternative"
    assert len(found.keys()) == len({name.casefold() for name in found.keys()})  # noqa: SIM118 (a message, no dict)
    assert found["Date"].datetime.tzinfo is not None


def test_the_same_letter_gives_the_same_bytes_but_for_the_date():
    one, other = a_message(), a_message()
    one.date = other.date = 1_780_000_000.0

    assert one.as_bytes() == other.as_bytes()


@pytest.mark.req("S35")
@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\0", "\u2028", "\u2029", "\x85", "\x7f"])
@pytest.mark.parametrize("where", ["subject", "sender", "recipient", "msg_id", "headers"])
def test_nothing_starts_a_header_of_its_own(where: str, sign: str):
    value = f"a{sign}Bcc: eve@elsewhere.example"

    with pytest.raises(ValueError, match=r"control character|no plain address"):
        a_message(**{where: {"X-Name": value} if where == "headers" else value})


@pytest.mark.req("S35")
@pytest.mark.parametrize(
    "recipient",
    ["a@b.example, c@d.example", "Ann <a@b.example>", "a@b.example> RCPT TO:<c@d.example", "nobody", "@", ""],
)
def test_one_plain_address_or_none(recipient: str):
    with pytest.raises(ValueError, match="no plain address"):
        a_message(recipient=recipient)
