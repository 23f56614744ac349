"""What people get when the broker is not there: their mail, all the same.

A module of its own: an installation that shared the database, and had its broker still, would send the mail itself.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from demo.broker import find_server
from tests.e2e.api import Client
from tests.e2e.installation import free_ports, installation, wait_for_broker

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

AWAY = 2.0
"""Seconds: longer than the relay's first looks and the first attempts of the worker."""


@contextmanager
def broker_at(port: int, folder: Path) -> Iterator[None]:
    """Redis on that port, with nothing in it, until the end of the block."""
    words = [str(find_server()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        wait_for_broker(port)
        yield
    finally:
        server.terminate()
        server.wait(10)


def test_a_sign_up_while_the_broker_is_stopped_gets_its_mail_when_it_is_back(tmp_path: Path, backend: dict[str, str]):
    (port,) = free_ports(1)
    own = backend | {"BROKER_URL": f"redis://127.0.0.1:{port}/0"}
    with ExitStack() as first, ExitStack() as stack:
        first.enter_context(broker_at(port, tmp_path))
        one = stack.enter_context(installation(tmp_path / "stopped", **own))
        first.close()
        client = Client(one.web)
        assert client.sign_up("stopped@alpro.example").status_code == 202
        client.leave()
        time.sleep(AWAY)

        with broker_at(port, tmp_path):
            assert one.wait_for_mail("stopped@alpro.example", template="password", within=60)
