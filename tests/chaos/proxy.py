"""A TCP proxy that fails on command: ``python -m tests.chaos.proxy``.

Commands come as JSON lines on standard input, ``{"route": "broker", "do": "refuse"}``, and each is answered by a line
once it holds. The routes are arguments: ``broker=LISTEN:HOST:PORT``. A process of its own, so that its hops cost what
the network costs and not what the driver is busy with.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass(eq=False, slots=True)
class Pair:
    """A client, the server behind it, and what carries bytes between them."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def cut(self) -> None:
        """End both sides at once, without a farewell."""
        self.client.transport.abort()
        self.server.transport.abort()


class Route:
    """One way through the proxy."""

    def __init__(self, listen: int, host: str, port: int) -> None:
        self._listen, self._host, self._port = listen, host, port
        self._pairs: set[Pair] = set()
        self._server: asyncio.Server | None = None
        self._delay = 0.0
        self._left: int | None = None

    async def do(self, what: str, *, milliseconds: int = 0, size: int = 0) -> None:
        """Carry out a command.

        ``pass`` lets everything through again. ``refuse`` closes the port and cuts what is open. ``silence`` makes what
        is open now go silent for ever, while what is new works: half-open. ``reset`` cuts what is open. ``delay`` holds
        every piece back for ``milliseconds``. ``cut`` lets ``size`` more bytes through to the server, and then cuts
        the connection that carried the last of them.
        """
        if what == "refuse":
            await self._close()
            self._cut()
        elif what == "silence":
            for pair in self._pairs:
                for task in pair.tasks:
                    task.cancel()
        elif what == "reset":
            self._cut()
        elif what == "delay":
            self._delay = milliseconds / 1000
        elif what == "cut":
            self._left = size
        elif what == "pass":
            self._delay, self._left = 0.0, None
            await self.open()
        else:
            raise ValueError(what)

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self._listen)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    def _cut(self) -> None:
        for pair in self._pairs:
            pair.cut()
        self._pairs.clear()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, server)
        pair.tasks = [
            asyncio.create_task(self._carry(pair, reader, server, counted=True)),
            asyncio.create_task(self._carry(pair, answers, writer, counted=False)),
        ]
        self._pairs.add(pair)

    async def _carry(
        self, pair: Pair, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        try:
            while data := await source.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                if counted and self._left is not None:
                    data, self._left = data[: self._left], self._left - len(data)
                target.write(data)
                await target.drain()
                if counted and self._left is not None and self._left <= 0:
                    self._left = None
                    break
        except OSError:
            pass
        # Whoever hangs up hangs up on both; what is still on its way is given to the other side first.
        self._pairs.discard(pair)
        pair.client.close()
        pair.server.close()


async def serve(routes: dict[str, Route]) -> None:
    """Open the routes and obey until standard input ends."""
    for route in routes.values():
        await route.open()
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    _tell({"ready": True})
    while line := await commands.readline():
        command = json.loads(line)
        await routes[command.pop("route")].do(command.pop("do"), **command)
        _tell({"done": True})


def _tell(facts: dict[str, bool]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    routes = {}
    for word in sys.argv[1:]:
        name, _, rest = word.partition("=")
        listen, host, port = rest.split(":")
        routes[name] = Route(int(listen), host, int(port))
    asyncio.run(serve(routes))


if __name__ == "__main__":
    main()
