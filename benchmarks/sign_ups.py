"""What one visitor says to either application: the same words to both, and the same proof of acceptance.

A conversation yields requests and is sent the answers; it returns the address it signed up, or None where it asked for
something else. It raises ``Refused`` when an answer is not what acceptance looks like.
"""

import itertools
import json
import re
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

CSRF = re.compile(rb'name="csrf_token"[^>]* value="([^"]+)"')
COOKIE = re.compile(rb"^set-cookie:\s*([^;\r\n]+)", re.IGNORECASE | re.MULTILINE)
LOCATION = re.compile(rb"^location:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
FORM = "/account/create"
API = "/api/v1/accounts"
SENT = b"/account/create/sent"
DOMAINS = 50
LANGUAGE = "fr"
"""Of the mails: a catalogue has to be used by both."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    head: bytes
    body: bytes


Conversation = Generator[bytes, Answer, str | None]


class Refused(Exception):
    """The answer is not an acceptance."""


def addresses() -> Iterator[str]:
    """New addresses without end, at a few domains."""
    name = uuid.uuid4().hex[:12]
    for number in itertools.count():
        yield f"{name}-{number}@office-{number % DOMAINS}.example"


def by_form(host: str, address: str) -> Conversation:
    """See the form as a new visitor and send it filled in."""
    page = yield _request("GET", FORM, host)
    _expect(page, 200)
    token, cookie = CSRF.search(page.body), COOKIE.search(page.head)
    if token is None or cookie is None:
        raise Refused("a form without token or cookie")
    fields = {"csrf_token": token[1].decode(), **_person(address), "accept_privacy": "on"}
    headers = f"Content-Type: application/x-www-form-urlencoded\r\nCookie: {cookie[1].decode()}\r\n"
    answer = yield _request("POST", FORM, host, headers, urlencode(fields))
    _expect(answer, 302, 303)
    location = LOCATION.search(answer.head)
    if location is None or not location[1].endswith(SENT):
        raise Refused("a redirect to somewhere else")
    return address


def by_api(host: str, address: str) -> Conversation:
    """Send the same as JSON."""
    body = json.dumps({**_person(address), "accept_privacy": True})
    _expect((yield _request("POST", API, host, "Content-Type: application/json\r\n", body)), 201, 202)
    return address


def nothing(host: str, _address: str) -> Conversation:
    """Ask for the page that does nothing."""
    _expect((yield _request("GET", "/", host)), 200)
    return None


KINDS: dict[str, Callable[[str, str], Conversation]] = {"form": by_form, "api": by_api, "nothing": nothing}


def _person(address: str) -> dict[str, str]:
    return {
        "first_name": "Ann",
        "last_name": "Peeters",
        "email": address,
        "confirm_email": address,
        "email_language": LANGUAGE,
    }


def _request(method: str, path: str, host: str, headers: str = "", body: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Language: en\r\n{headers}{length}\r\n{body}".encode()


def _expect(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise Refused(f"answered {answer.status}")
