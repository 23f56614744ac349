"""The fault proxy, between real sockets."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.proxies import Proxies

LONG = 5.0
"""Seconds to wait for what has to come."""
SHORT = 0.3
"""Seconds to wait for what must not come."""


@pytest.fixture
def proxies() -> Iterator[Proxies]:
    """A proxy in front of a server that says everything back."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    one = Proxies({"echo": server.getsockname()[1]})
    yield one
    one.close()
    server.close()


def _serve(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(client,), daemon=True).start()


def _echo(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except OSError:
            return


@pytest.fixture
def client(proxies: Proxies) -> Iterator[socket.socket]:
    with connect(proxies) as one:
        yield one


def connect(proxies: Proxies) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", proxies.ports["echo"]), timeout=LONG)
    one.settimeout(LONG)
    return one


def says_back(client: socket.socket) -> bool:
    client.sendall(b"hello")
    return client.recv(5) == b"hello"


def hangs_up(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_bytes_go_both_ways(client: socket.socket):
    assert says_back(client)


def test_a_silenced_connection_stays_open_and_says_nothing_while_a_new_one_works(proxies: Proxies, client):
    assert says_back(client)

    proxies.do("echo", "silence")

    client.sendall(b"hello")
    client.settimeout(SHORT)
    with pytest.raises(TimeoutError):
        client.recv(1)
    with connect(proxies) as other:
        assert says_back(other)


def test_refuse_cuts_what_is_open_and_closes_the_port_until_pass(proxies: Proxies, client: socket.socket):
    assert says_back(client)

    proxies.do("echo", "refuse")

    assert hangs_up(client)
    with pytest.raises(ConnectionRefusedError):
        connect(proxies)
    proxies.do("echo", "pass")
    with connect(proxies) as other:
        assert says_back(other)


def test_reset_cuts_what_is_open_and_takes_new_connections(proxies: Proxies, client: socket.socket):
    assert says_back(client)

    proxies.do("echo", "reset")

    assert hangs_up(client)
    with connect(proxies) as other:
        assert says_back(other)


def test_cut_lets_so_many_bytes_through_and_hangs_up(proxies: Proxies, client: socket.socket):
    proxies.do("echo", "cut", size=3)

    client.sendall(b"hello")

    assert client.recv(5) in {b"hel", b""}, "the rest did not pass"
    assert hangs_up(client)


def test_delayed_bytes_arrive_all_the_same(proxies: Proxies, client: socket.socket):
    proxies.do("echo", "delay", milliseconds=20)

    assert says_back(client)
