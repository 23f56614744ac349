"""The mail server that misbehaves by seed, over real SMTP."""

import smtplib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.mail_server import Dice, Shares, read
from tests.chaos.mails import Mails
from tests.chaos.oracle import Fate

MAIL = (
    b"Message-ID: <r1@gatehouse.example>\r\nX-Gatehouse-Template: password\r\nSubject: Your link\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nOpen\r\n\r\nhttp://gate.example/p/abc\r\n\r\nCode: 123456\r\n"
)


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[Mails]:
    one = Mails(tmp_path, seed=1, calm=True)
    _wait_for_port(one.port)
    yield one
    one.close()


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the mail server does not listen")


def fates(mails: Mails) -> list[Fate]:
    """What the server knows, once it has noticed that the connection is gone."""
    for _ in range(100):
        found = [copy.fate for copy in mails.copies()]
        if Fate.UNREAD in found:
            break
        time.sleep(0.01)
    return found


def test_a_mail_is_kept_with_what_the_oracle_needs():
    found = read(MAIL)

    assert found["message_id"] == "<r1@gatehouse.example>"
    assert (found["template"], found["link"], found["code"]) == ("password", "http://gate.example/p/abc", "123456")


def test_an_answer_counts_as_read_when_the_sender_goes_on(mails: Mails):
    with smtplib.SMTP("127.0.0.1", mails.port) as sender:
        sender.sendmail("a@gatehouse.example", ["ann@x.example"], MAIL)

    assert [copy.fate for copy in mails.copies()] == [Fate.READ]


def test_an_answer_counts_as_unread_when_the_connection_ends_behind_it(mails: Mails):
    sender = smtplib.SMTP("127.0.0.1", mails.port)
    sender.sendmail("a@gatehouse.example", ["ann@x.example"], MAIL)
    sender.close()

    assert fates(mails) == [Fate.UNREAD]


def test_the_same_seed_draws_the_same_faults():
    one, other = Dice(7, Shares()), Dice(7, Shares())

    assert [one.throw("ann@x.example") for _ in range(50)] == [other.throw("ann@x.example") for _ in range(50)]


def test_the_shares_are_drawn_as_often_as_they_say():
    dice = Dice(7, Shares())

    drawn = Counter(dice.throw(f"p{number}@x.example").name for number in range(20_000))

    assert 1800 < drawn["later"] < 2200
    assert 150 < drawn["never"] < 250
    assert 240 < drawn["dropped_after"] < 360


def test_calm_people_meet_no_fault():
    dice = Dice(7, Shares(later=1.0))

    assert dice.throw("ann@calm.example").name == ""
