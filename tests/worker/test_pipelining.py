"""What is said to a server that offers PIPELINING, and how its answers are read (RFC 2920)."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.worker.mail_server import MailServer
from tests.worker.test_postbox import a_letter, address
from worker.postbox import Answer, Postbox, Receipt

GO_ON = "354 go on"


class Scripted:
    """A server that gives the answers it was told, whatever makes sense, and remembers what it heard."""

    def __init__(self, *conversations: dict[str, str]) -> None:
        """Each connection has its own answers by verb, ``.`` for the end of a message; "250 OK" without one."""
        self.packets: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self._conversations = conversations
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def _serve(self) -> None:
        for answers in self._conversations:
            try:
                visitor, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            with visitor, suppress(ConnectionError):
                self._talk(visitor, answers)

    def _talk(self, visitor: socket.socket, answers: dict[str, str]) -> None:
        visitor.sendall(f"{answers.get('greeting', '220 mail.example')}\r\n".encode())
        heard, message = b"", None
        while packet := visitor.recv(65536):
            heard += packet
            said = []
            while b"\r\n" in heard:
                line, _, heard = heard.partition(b"\r\n")
                if message is None:
                    self.packets.append(line.decode())
                    verb = line.partition(b" ")[0].decode().upper()
                    usual = "250-mail.example\r\n250 PIPELINING" if verb == "EHLO" else "250 OK"
                    said.append(answers.get(verb, GO_ON if verb == "DATA" else usual))
                    message = [] if said[-1].startswith("354") else None
                elif line == b".":
                    self.messages.append(b"\r\n".join(message))
                    message = None
                    said.append(answers.get(".", "250 OK"))
                else:
                    message.append(line)
                if said and said[-1].startswith("421"):
                    visitor.sendall("".join(f"{one}\r\n" for one in said).encode())
                    return
            if said:
                visitor.sendall("".join(f"{one}\r\n" for one in said).encode())


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[Scripted, Postbox]]]:
    made: list[tuple[Scripted, Postbox]] = []

    def make(*conversations: dict[str, str]) -> tuple[Scripted, Postbox]:
        server = Scripted(*conversations)
        made.append((server, Postbox(address(server.port))))
        return made[-1]

    yield make
    for server, postbox in made:
        if connection := getattr(postbox._own, "connection", None):
            connection.close()
        server.stop()


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


def test_sender_recipient_and_data_leave_in_one_packet(monkeypatch: pytest.MonkeyPatch, mail_server: MailServer):
    packets: list[bytes] = []
    sendall = socket.socket.sendall

    def note(self: socket.socket, data: bytes) -> None:
        packets.append(data)
        sendall(self, data)

    monkeypatch.setattr(socket.socket, "sendall", note)
    postbox = Postbox(address(mail_server.port))

    for _ in range(2):
        assert postbox.send(a_letter()).answer is Answer.ACCEPTED
    postbox._own.connection.close()

    envelope = b"MAIL FROM:<no-reply@gatehouse.example> BODY=8BITMIME\r\nRCPT TO:<ann@people.example>\r\nDATA\r\n"
    assert [packet for packet in packets if packet.startswith(b"MAIL")] == [envelope] * 2
    assert len(packets) == 5, "EHLO, then two for each mail"


def test_a_recipient_is_refused_though_the_server_asked_for_the_message(
    scripted: Callable[..., tuple[Scripted, Postbox]],
):
    server, postbox = scripted({"RCPT": "550 5.1.1 no ann@people.example here"})

    receipts = [postbox.send(a_letter()) for _ in range(2)]

    assert receipts == [Receipt(Answer.PERMANENT, "the mail server answered 550 5.1.1", 550)] * 2
    assert server.messages == [b"", b""], "what it waited for came, was empty, and was for nobody"
    assert server.connections == 1


def test_a_recipient_is_refused_and_the_server_wants_no_message_either(
    scripted: Callable[..., tuple[Scripted, Postbox]],
):
    server, postbox = scripted({"RCPT": "452 4.2.2 full", "DATA": "503 no valid recipients"})

    receipt = postbox.send(a_letter())

    assert receipt == Receipt(Answer.TEMPORARY, "the mail server answered 452 4.2.2", 452)
    assert server.messages == []
    assert server.packets[-1].upper() == "RSET"


@pytest.mark.parametrize("data", [GO_ON, "503 no sender"])
def test_a_sender_is_refused_whatever_the_server_answered_to_the_rest(
    scripted: Callable[..., tuple[Scripted, Postbox]], data: str
):
    server, postbox = scripted({"MAIL": "550 5.7.1 not from you", "DATA": data})

    assert postbox.send(a_letter()) == Receipt(Answer.SERVER_AWAY, "the mail server answered 550 5.7.1")

    assert b"".join(server.messages) == b""


def test_the_message_alone_is_not_wanted_now(scripted: Callable[..., tuple[Scripted, Postbox]]):
    server, postbox = scripted({"DATA": "451 4.3.0 not now"})

    assert postbox.send(a_letter()) == Receipt(Answer.TEMPORARY, "the mail server answered 451 4.3.0", 451)

    assert server.messages == []


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("MAIL", Answer.SERVER_AWAY), ("RCPT", Answer.TEMPORARY), ("DATA", Answer.TEMPORARY), (".", Answer.TEMPORARY)],
)
def test_a_server_that_closes_a_new_connection_in_the_middle_is_not_asked_twice(
    scripted: Callable[..., tuple[Scripted, Postbox]], verb: str, answer: Answer
):
    server, postbox = scripted({verb: "421 4.7.0 too many of your mails"}, {})

    receipt = postbox.send(a_letter())

    assert (receipt.answer, receipt.words) == (answer, "the mail server answered 421 4.7.0")
    assert server.connections == 1
    assert postbox.send(a_letter()).answer is Answer.ACCEPTED
    assert server.connections == 2


class Tired(Scripted):
    """Takes one mail in its first connection, then closes that one at ``verb``."""

    def __init__(self, verb: str) -> None:
        self._answers = {"RSET": "250 OK"}
        self._verb = verb
        super().__init__(self._answers, {})

    def tire(self) -> None:
        self._answers[self._verb] = "421 4.4.2 closing"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_a_server_that_closes_a_connection_which_was_used_gets_the_mail_again_over_a_new_one(verb: str):
    server = Tired(verb)
    postbox = Postbox(address(server.port))
    assert postbox.send(a_letter()).answer is Answer.ACCEPTED
    server.tire()

    assert postbox.send(a_letter()).answer is Answer.ACCEPTED

    assert server.connections == 2
    postbox._own.connection.close()
    server.stop()


def test_dots_at_the_start_of_a_line_arrive(mail_server: MailServer):
    postbox = Postbox(address(mail_server.port))

    postbox.send(a_letter(text="first\n.\n..\n.hidden\nlast\n"))

    assert mail_server.mails[0].text.splitlines() == ["first", ".", "..", ".hidden", "last"]
    postbox._own.connection.close()


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("550 5.1.1 <ann@people.example>: no such user", "the mail server answered 550 5.1.1"),
        ("550 no such user ann@people.example", "the mail server answered 550"),
        ("554 5.7.1234 strange", "the mail server answered 554"),
        ("550-5.1.1 <ann@people.example>\r\n550 5.1.1 see https://mail.example", "the mail server answered 550 5.1.1"),
    ],
)
def test_of_a_refusal_only_its_numbers_are_kept(
    scripted: Callable[..., tuple[Scripted, Postbox]], words: str, kept: str
):
    _, postbox = scripted({".": words})

    assert postbox.send(a_letter()).words == kept
