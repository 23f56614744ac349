"""A mail server that misbehaves by seed, and remembers: ``python -m tests.chaos.mail_server``.

It appends one JSON line for each thing that happened to the file it is given. A mail is in the file before anybody is
told that it was accepted; a second line says what became of that answer.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from tests.chaos.oracle import Fate

CALM = "@calm.example"
"""Whoever lives there meets no fault: people that a run needs before it begins."""
SLOW = 7.0
"""Seconds of a slow answer."""
RECORDING = 20.0
"""Seconds after an answer within which its reader may still fail to write it down: the worker tries for 18 s."""
LARGEST = 1024 * 1024
_LINK = re.compile(r"^\s*(https?://\S+)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Which share of the attempts meets which fault, from 0 to 1."""

    later: float = 0.10
    """Answered 451, half of them before DATA and half after it."""
    never: float = 0.01
    """Answered 550, likewise."""
    dropped_before: float = 0.015
    """Hung up on before the mail is accepted."""
    dropped_after: float = 0.015
    """Accepted, and hung up on before the answer."""
    slow: float = 0.02
    """Accepted, and answered after seven seconds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What one attempt meets: the name of a share or nothing, and whether a refusal comes before DATA."""

    name: str
    early: bool


class Dice:
    """Draws the fault of each attempt; the same for the same seed, recipient and number of the attempt."""

    def __init__(self, seed: int, shares: Shares) -> None:
        self._seed = seed
        self._shares = shares
        self._attempts: Counter[str] = Counter()

    def throw(self, recipient: str) -> Fault:
        self._attempts[recipient] += 1
        drawn = random.Random(f"{self._seed}:{recipient}:{self._attempts[recipient]}")
        place, early = drawn.random(), drawn.random() < 0.5
        if recipient.endswith(CALM):
            return Fault("", early)
        for share in fields(self._shares):
            if (place := place - getattr(self._shares, share.name)) < 0:
                return Fault(share.name, early)
        return Fault("", early)


class Ledger:
    """The file of what happened."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._mails = 0

    def mail(self, raw: bytes, recipient: str) -> int:
        """Write down an accepted mail and return its number."""
        self._mails += 1
        self._write(mail=self._mails, at=time.time(), to=recipient, **read(raw))
        return self._mails

    def fate(self, number: int, fate: Fate) -> None:
        self._write(of=number, fate=fate)

    def fault(self, name: str, recipient: str) -> None:
        self._write(fault=name, at=time.time(), to=recipient)

    def _write(self, **facts: Any) -> None:
        self._file.write(json.dumps(facts) + "\n")


def read(raw: bytes) -> dict[str, Any]:
    """What the oracle and the people of a run need of a mail."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    link, code = _LINK.search(text), _CODE.findall(text)
    # A repeated attempt restarts the time of its link, and says so: hours and minutes may differ between two copies.
    whole = _NUMBER.sub("0", f"{message['Subject']}\n{_LINK.sub('', text)}")
    return {
        "message_id": str(message["Message-ID"] or ""),
        "template": str(message["X-Gatehouse-Template"] or ""),
        "about": str(message["References"] or ""),
        "link": link[1] if link else "",
        "code": code[0] if len(code) == 1 else "",
        "text": hashlib.sha256(whole.encode()).hexdigest()[:16],
    }


class Connection:
    """One sender. Pipelined commands are answered in their order (RFC 2920)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dice: Dice, ledger: Ledger) -> None:
        self._reader, self._writer = reader, writer
        self._dice, self._ledger = dice, ledger
        self._recipient = ""
        self._fault = Fault("", early=False)
        self._answered: tuple[int, float] | None = None
        """The last mail that was accepted, and when its answer was written."""

    async def serve(self) -> None:
        try:
            await self._say("220 chaos.example ready")
            while line := await self._reader.readline():
                self._settle(Fate.READ)
                if not await self._obey(line.decode("ascii", "replace").strip()):
                    break
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            is_late = self._answered is not None and time.monotonic() - self._answered[1] > RECORDING
            self._settle(Fate.READ if is_late else Fate.UNREAD)
            with suppress(OSError):
                self._writer.close()
                await self._writer.wait_closed()

    async def _obey(self, line: str) -> bool:
        word = line.upper()
        if word.startswith(("EHLO", "HELO")):
            await self._say("250-chaos.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 1048576")
        elif word.startswith("RCPT TO:"):
            return await self._recipient_named(line)
        elif word == "DATA":
            return await self._data()
        elif word == "QUIT":
            await self._say("221 bye")
            return False
        elif word.startswith(("MAIL FROM:", "RSET")):
            self._recipient = ""
            await self._say("250 ok")
        else:
            await self._say("250 ok" if word == "NOOP" else "502 not here")
        return True

    async def _recipient_named(self, line: str) -> bool:
        self._recipient = line.partition(":")[2].strip().partition(">")[0].lstrip("<")
        self._fault = self._dice.throw(self._recipient)
        if self._fault.early and await self._refuse():
            self._recipient = ""
            return True
        await self._say("250 ok")
        return True

    async def _refuse(self) -> bool:
        answer = {"later": "451 later, please", "never": "550 no such mailbox"}.get(self._fault.name)
        if answer is None:
            return False
        self._ledger.fault(self._fault.name, self._recipient)
        await self._say(answer)
        return True

    async def _data(self) -> bool:
        if not self._recipient:
            await self._say("554 nobody to give it to")
            return True
        await self._say("354 go on")
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        if self._fault.name == "dropped_before":
            self._ledger.fault(self._fault.name, self._recipient)
            self._writer.transport.abort()
            return False
        if await self._refuse():
            return True
        number = self._ledger.mail(raw[:-3].replace(b"\r\n..", b"\r\n."), self._recipient)
        if self._fault.name == "dropped_after":
            self._ledger.fate(number, Fate.DROPPED)
            self._writer.transport.abort()
            return False
        self._answered = (number, time.monotonic())
        if self._fault.name == "slow":
            self._ledger.fault(self._fault.name, self._recipient)
            await asyncio.sleep(SLOW)
            self._answered = (number, time.monotonic())
        await self._say(f"250 kept as {number}")
        return True

    def _settle(self, fate: Fate) -> None:
        if self._answered is not None:
            self._ledger.fate(self._answered[0], fate)
            self._answered = None

    async def _say(self, words: str) -> None:
        self._writer.write(words.encode() + b"\r\n")
        await self._writer.drain()


async def serve(port: int, path: Path, dice: Dice, *, ready: Callable[[], object] = lambda: None) -> None:
    """Take mails until SIGTERM."""
    ledger = Ledger(path)

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Connection(reader, writer, dice, ledger).serve()

    server = await asyncio.start_server(welcome, "127.0.0.1", port, limit=LARGEST)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ready()
    await stop.wait()
    server.close()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--file", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--calm", action="store_true", help="no faults at all")
    chosen = options.parse_args()
    none = Shares(**dict.fromkeys((share.name for share in fields(Shares)), 0.0))
    dice = Dice(chosen.seed, none if chosen.calm else Shares())
    asyncio.run(serve(chosen.port, chosen.file, dice))


if __name__ == "__main__":
    main()
