"""A lean mail server that counts: ``python -m benchmarks.sink``, asked and ended through its standard input.

It takes every mail and keeps who got which Message-ID when. It speaks just enough SMTP (RFC 5321) for that, with
PIPELINING (RFC 2920) and 8BITMIME (RFC 6152), so that it is never what is measured. Each line of its input is a JSON
object and is answered by one: ``{"do": "count"}``, ``"dump"``, ``"clear"``, or ``"behave"`` with ``reply_after`` in
milliseconds and ``refuse_first`` as a share of recipients. The end of the input ends the process.
"""

import asyncio
import json
import re
import sys
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(rb"<([^>]*)>")
GREETING = b"220 sink.example ESMTP\r\n"
OFFERS = b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n"
OK = b"250 OK\r\n"
BYE = b"221 bye\r\n"
GO_ON = b"354 go on\r\n"
ANSWERS = {
    b"EHLO": OFFERS,
    b"HELO": OK,
    b"MAIL": OK,
    b"RSET": OK,
    b"NOOP": OK,
    b"DATA": b"554 no valid recipients\r\n",
    b"QUIT": BYE,
}


@dataclass
class Book:
    """What came, and how the server behaves."""

    reply_after: float = 0.0
    """Seconds between what a client sends and the answer to it: the way to a far server and back."""
    refuse_first: float = 0.0
    """Share of recipients whose first attempt is answered 451."""
    mails: list[tuple[str, str, float]] = field(default_factory=list)
    """Recipient, Message-ID and the monotonic time of each mail."""
    refused: set[bytes] = field(default_factory=set)

    def refuses(self, recipient: bytes) -> bool:
        """True once for a fixed share of all recipients."""
        if zlib.crc32(recipient) % 1000 >= self.refuse_first * 1000 or recipient in self.refused:
            return False
        self.refused.add(recipient)
        return True

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked on the standard input."""
        match question["do"]:
            case "dump":
                return {"mails": self.mails, "refused": len(self.refused)}
            case "clear":
                self.mails.clear()
                self.refused.clear()
            case "behave":
                self.reply_after = question["reply_after"] / 1000
                self.refuse_first = question["refuse_first"]
        return {"count": len(self.mails)}


class Conversation(asyncio.Protocol):
    """One client. What arrives together is answered together, as pipelining wants it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._received = bytearray()
        self._recipients: list[bytes] = []
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(GREETING)

    def data_received(self, data: bytes) -> None:
        self._received += data
        answers = []
        while (answer := self._message() if self._in_data else self._command()) is not None:
            answers.append(answer)
        if answers:
            self._say(b"".join(answers))

    def _say(self, words: bytes) -> None:
        if self._book.reply_after:
            asyncio.get_running_loop().call_later(self._book.reply_after, self._write, words)
        else:
            self._write(words)

    def _write(self, words: bytes) -> None:
        self._transport.write(words)
        if words.endswith(BYE):
            self._transport.close()

    def _command(self) -> bytes | None:
        line, found, _ = self._received.partition(b"\r\n")
        if not found:
            return None
        del self._received[: len(line) + 2]
        word = bytes(line[:4]).upper()
        if word in {b"MAIL", b"RSET"}:
            self._recipients.clear()
        elif word == b"RCPT":
            return self._recipient(bytes(line))
        elif word == b"DATA" and self._recipients:
            self._in_data = True
            return GO_ON
        return ANSWERS.get(word, b"500 unknown\r\n")

    def _recipient(self, line: bytes) -> bytes:
        address = ADDRESS.search(line)
        if address is None:
            return b"501 whom?\r\n"
        if self._book.refuses(address[1]):
            return b"451 not now\r\n"
        self._recipients.append(address[1])
        return OK

    def _message(self) -> bytes | None:
        end = self._received.find(b"\r\n.\r\n")
        if end < 0:
            return None
        headers = self._received[: self._received.find(b"\r\n\r\n", 0, end + 4)]
        del self._received[: end + 5]
        message_id = MESSAGE_ID.search(headers)
        name = message_id[1].decode() if message_id else ""
        now = time.monotonic()
        self._book.mails += [(recipient.decode(), name, now) for recipient in self._recipients]
        self._recipients.clear()
        self._in_data = False
        return b"250 taken\r\n"


async def serve() -> None:
    """Take mails on a free port, which is the first line said, until the standard input ends."""
    book = Book()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(book), "127.0.0.1", 0, backlog=256)
    questions = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await questions.readline():
        print(json.dumps(book.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
