"""The load generator: what it calls accepted has to be accepted."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load import Load, read_answer
from benchmarks.sign_ups import API, FORM

PAGE = b'<input type="hidden" name="csrf_token" value="the-token">'


class Site(BaseHTTPRequestHandler):
    """An application that takes sign-ups, or does not."""

    protocol_version = "HTTP/1.1"
    sends_to = "/account/create/sent"
    status_of_api = 202
    hangs_up = False
    seen: list[bytes]

    def do_GET(self):
        self._answer(200, PAGE, ("Set-Cookie", "session=the-cookie; HttpOnly"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(body)
        if self.path == FORM:
            genuine = self.headers["Cookie"] == "session=the-cookie" and b"csrf_token=the-token" in body
            self._answer(303 if genuine else 400, b"", ("Location", self.sends_to))
        else:
            self._answer(self.status_of_api if self.path == API else 404, b"{}")

    def _answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        if self.hangs_up:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def site():
    class ThisSite(Site):
        """With its own memory."""

    ThisSite.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), ThisSite) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        ThisSite.port = server.server_port
        yield ThisSite
        server.shutdown()
        thread.join()


def sign_up(site, kind, *, count=10):
    load = Load(site.port, kind)
    load.closed(3, seconds=20, warm_up=0, count=count)
    load.close()
    return load.tally


@pytest.mark.parametrize("kind", ["form", "api"])
def test_each_accepted_visitor_is_another_address(site, kind):
    tally = sign_up(site, kind)

    assert (tally.units, len(tally.accepted), len(tally.post_ms), len(site.seen)) == (10, 10, 10, 10)
    assert not tally.refused


def test_a_server_that_closes_each_connection_is_met_anew(site):
    site.hangs_up = True

    assert len(sign_up(site, "form").accepted) == 10


def test_a_redirect_to_somewhere_else_is_no_acceptance(site):
    site.sends_to = "/account/create"

    tally = sign_up(site, "form")

    assert tally.accepted == {}
    assert tally.refused == {"a redirect to somewhere else": 10}


def test_an_error_of_the_api_is_no_acceptance(site):
    site.status_of_api = 500

    tally = sign_up(site, "api")

    assert tally.accepted == {}
    assert tally.refused == {"answered 500": 10}


def test_visitors_come_at_the_offered_rate(site):
    load = Load(site.port, "api")

    load.opened(50, seconds=0.4)
    load.close()

    assert len(load.tally.accepted) == 20


@pytest.mark.parametrize("end", [10, 40, -1])
def test_an_answer_that_came_in_part_is_waited_for(end):
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"

    answer = read_answer(whole)

    assert read_answer(whole[:end]) is None
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"hello")
