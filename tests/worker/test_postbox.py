import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import flask_mail
import pytest

from shared.settings import MailServer as Address
from tests.worker.mail_server import DROP_AFTER, DROP_BEFORE, MailServer
from worker import postbox as postbox_module
from worker import smtp
from worker.mime import header
from worker.postbox import Answer, Letter, Postbox, Receipt

EMAIL_ID = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")


def a_letter(**changes: Any) -> Letter:
    parts: dict[str, Any] = {
        "email_id": EMAIL_ID,
        "recipient": "ann@people.example",
        "subject": "Set your password within 90 minutes",
        "text": "Dear Madam, Dear Sir,\n",
        "html": "<p>Dear Madam, Dear Sir,</p>\n",
        "headers": {"Auto-Submitted": "auto-generated", "X-Gatehouse-Template": "password"},
    }
    return Letter(**(parts | changes))


def address(port: int, **changes: Any) -> Address:
    parts: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "username": None,
        "password": None,
        "use_tls": False,
        "default_sender": "no-reply@gatehouse.example",
    }
    return Address(**(parts | changes))


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


@pytest.fixture
def postboxes() -> Iterator[Callable[..., Postbox]]:
    made: list[Postbox] = []

    def make(port: int, **changes: Any) -> Postbox:
        made.append(Postbox(address(port, **changes)))
        return made[-1]

    yield make
    for postbox in made:
        if connection := getattr(postbox._own, "connection", None):
            connection.close()


@pytest.fixture(params=[True, False], ids=["pipelining", "one command at a time"])
def mail_server(mail_server: MailServer, request: pytest.FixtureRequest) -> MailServer:
    mail_server.pipelining = request.param
    return mail_server


@pytest.fixture
def postbox(mail_server: MailServer, postboxes: Callable[..., Postbox]) -> Postbox:
    return postboxes(mail_server.port)


def test_a_letter_goes_out_with_the_headers_of_a_program_and_a_stable_id(
    postbox: Postbox, mail_server: MailServer
) -> None:
    assert postbox.send(a_letter()) == Receipt(Answer.ACCEPTED, "accepted")

    message = mail_server.mails[0].message
    assert message["Message-ID"] == f"<{EMAIL_ID}@gatehouse.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Gatehouse-Template"] == "password"
    assert (message["From"], message["To"]) == ("no-reply@gatehouse.example", "ann@people.example")
    assert message["Subject"] == "Set your password within 90 minutes"
    assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
    ]


def test_letters_outside_ascii_arrive_as_they_were_written(postbox: Postbox, mail_server: MailServer) -> None:
    postbox.send(a_letter(subject="Задайте парола", text="Ψωμί, žluťoučký kůň\n"))

    assert mail_server.mails[0].message["Subject"] == "Задайте парола"
    assert mail_server.mails[0].text.strip() == "Ψωμί, žluťoučký kůň"


def test_one_connection_carries_many_letters(postbox: Postbox, mail_server: MailServer) -> None:
    for _ in range(5):
        postbox.send(a_letter())

    assert (len(mail_server.mails), mail_server.connections) == (5, 1)


@pytest.mark.parametrize("answer", ["550 no such mailbox", "451 try again"])
def test_an_answer_is_no_reason_to_hang_up(postbox: Postbox, mail_server: MailServer, answer: str) -> None:
    mail_server.answers.append(answer)

    receipts = [postbox.send(a_letter()).answer for _ in range(3)]

    assert receipts[1:] == [Answer.ACCEPTED] * 2
    assert mail_server.connections == 1


def test_a_connection_that_the_server_closed_while_idle_is_opened_anew_and_nothing_doubled(
    postbox: Postbox, mail_server: MailServer
) -> None:
    postbox.send(a_letter())
    mail_server.stop()
    mail_server.start()

    assert postbox.send(a_letter()).answer is Answer.ACCEPTED

    assert len(mail_server.mails) == 2


def test_a_connection_idle_for_long_is_not_trusted(
    postbox: Postbox, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox.send(a_letter())
    monkeypatch.setattr(postbox_module, "LONGEST_IDLE", 0.0)

    postbox.send(a_letter())

    assert mail_server.connections == 2


@pytest.mark.parametrize(("drop", "arrived"), [(DROP_BEFORE, 0), (DROP_AFTER, 1)])
def test_a_line_that_broke_while_the_letter_was_under_way_is_not_repaired_by_sending_it_twice(
    postbox: Postbox, mail_server: MailServer, drop: str, arrived: int
) -> None:
    postbox.send(a_letter())
    mail_server.mails.clear()
    mail_server.answers.append(drop)

    receipt = postbox.send(a_letter())

    assert receipt.answer is Answer.TEMPORARY
    assert len(mail_server.mails) == arrived
    assert postbox.send(a_letter()).answer is Answer.ACCEPTED


def test_a_slow_answer_is_waited_for(
    postbox: Postbox, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "COMMAND_TIMEOUT", 0.2)
    mail_server.answers.append(0.5)

    assert postbox.send(a_letter()).answer is Answer.ACCEPTED

    assert len(mail_server.mails) == 1


def test_patience_after_the_letter_is_two_minutes_and_before_it_half_a_minute() -> None:
    assert (smtp.CONNECT_TIMEOUT, smtp.COMMAND_TIMEOUT, smtp.DATA_TIMEOUT) == (10.0, 30.0, 120.0)


def test_a_server_that_is_too_slow_is_not_waited_for_for_ever(
    postbox: Postbox, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DATA_TIMEOUT", 0.2)
    mail_server.answers.append(0.6)

    receipt = postbox.send(a_letter())

    assert receipt == Receipt(Answer.TEMPORARY, "SMTPServerDisconnected")


@pytest.mark.parametrize("port", ["mute", "closed"])
def test_a_server_that_does_not_answer_is_away_within_the_timeout(
    postboxes: Callable[..., Postbox], monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setattr(smtp, "CONNECT_TIMEOUT", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if port == "mute":
            mute.listen()
        began = time.monotonic()

        receipt = postboxes(mute.getsockname()[1]).send(a_letter())

        assert receipt.answer is Answer.SERVER_AWAY
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("greeting", [b"421 too busy\r\n", b"554 go away\r\n", b"nonsense\r\n"])
def test_a_server_that_greets_with_a_refusal_is_away(postboxes: Callable[..., Postbox], greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            visitor, _ = door.accept()
            with visitor:
                visitor.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()

        assert postboxes(door.getsockname()[1]).send(a_letter()).answer is Answer.SERVER_AWAY
        thread.join()


def test_a_server_that_does_not_take_our_name_and_password_is_away_and_no_letter_is_blamed(
    mail_server: MailServer, postboxes: Callable[..., Postbox]
) -> None:
    receipt = postboxes(mail_server.port, username="gatehouse", password="wrong").send(a_letter())

    assert receipt.answer is Answer.SERVER_AWAY
    assert not mail_server.mails


@pytest.mark.req("S35")
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0", "\u2028", "\u2029", "\x0b"], ids=ascii)
def test_no_value_of_an_extra_header_begins_another(postbox: Postbox, mail_server: MailServer, break_: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        postbox.send(a_letter(headers={"X-Gatehouse-Environment": f"training{break_}Bcc: eve@evil.example"}))

    assert not mail_server.mails
    assert header("training") == "training"


@pytest.mark.req("S35")
@pytest.mark.parametrize("field", ["recipient", "subject"])
@pytest.mark.parametrize("break_", ["\r\n", "\n"], ids=ascii)
def test_no_line_break_in_a_recipient_or_subject_reaches_the_wire(
    postbox: Postbox, mail_server: MailServer, field: str, break_: str
) -> None:
    with pytest.raises((flask_mail.BadHeaderError, ValueError)):
        postbox.send(a_letter(**{field: f"ann@people.example{break_}Bcc: eve@evil.example"}))

    assert not mail_server.mails


@pytest.mark.req("S40")
@pytest.mark.parametrize(
    ("recipient", "written"),
    [
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("Ann.P+1@BÜCHER.example", "Ann.P+1@xn--bcher-kva.example"),
        ("ann@παράδειγμα.example", "ann@xn--hxajbheg2az3al.example"),
    ],
)
def test_an_international_domain_is_written_as_mail_servers_know_it_and_is_nobody_elses(
    postbox: Postbox, mail_server: MailServer, recipient: str, written: str
) -> None:
    postbox.send(a_letter(recipient=recipient))

    assert mail_server.mails[0].recipients == [written]


def test_each_thread_has_a_connection_of_its_own(mail_server: MailServer) -> None:
    postbox = Postbox(address(mail_server.port))
    mail_server.answers.extend([0.1] * 4)

    def send() -> None:
        postbox.send(a_letter())
        postbox._own.connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(mail_server.mails), mail_server.connections) == (4, 4)
