"""The mail server of the benchmarks: what it counts has to be what was sent."""

import smtplib
import socket
import time

import pytest

from benchmarks.mail_sink import mail_sink

MESSAGE = b"Message-ID: <one@a.example>\r\nSubject: hello\r\n\r\n.leading dot\r\n"


@pytest.fixture
def sink():
    with mail_sink() as one:
        yield one


@pytest.fixture
def client(sink):
    with smtplib.SMTP("127.0.0.1", sink.port) as one:
        yield one


def test_it_keeps_recipient_and_message_id(sink, client):
    client.sendmail("from@a.example", ["to@a.example"], MESSAGE)

    assert [arrival[:2] for arrival in sink.arrivals()] == [("to@a.example", "<one@a.example>")]


def test_commands_that_arrive_together_are_all_answered(sink):
    with socket.create_connection(("127.0.0.1", sink.port), timeout=10) as connection:
        answers = connection.makefile("rb")
        connection.sendall(b"EHLO a.example\r\nMAIL FROM:<f@a.example>\r\nRCPT TO:<t@a.example>\r\nDATA\r\n")
        connection.sendall(b"Message-ID: <x@a.example>\r\n\r\nhello\r\n.\r\nQUIT\r\n")
        codes = [line[:3] for line in answers if line[3:4] == b" "]

    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert sink.count() == 1


def test_a_pipelined_message_without_a_recipient_is_not_taken(sink):
    sink.behave(refuse_first=1.0)
    with socket.create_connection(("127.0.0.1", sink.port), timeout=10) as connection:
        answers = connection.makefile("rb")
        connection.sendall(b"MAIL FROM:<f@a.example>\r\nRCPT TO:<t@a.example>\r\nDATA\r\nQUIT\r\n")
        codes = [line[:3] for line in answers]

    assert codes == [b"220", b"250", b"451", b"554", b"221"]
    assert sink.count() == 0


def test_a_refused_recipient_is_taken_the_second_time(sink, client):
    sink.behave(refuse_first=1.0)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("from@a.example", ["to@a.example"], MESSAGE)

    client.sendmail("from@a.example", ["to@a.example"], MESSAGE)

    assert sink.count() == 1


def test_what_is_sent_together_waits_for_the_way_to_a_far_server_once(sink):
    sink.behave(reply_after=200)
    with socket.create_connection(("127.0.0.1", sink.port), timeout=10) as connection:
        answers = connection.makefile("rb")
        answers.readline()
        began = time.monotonic()
        connection.sendall(b"NOOP\r\nNOOP\r\nNOOP\r\nQUIT\r\n")
        codes = [line[:3] for line in answers]
        waited = time.monotonic() - began

    assert codes == [b"250", b"250", b"250", b"221"]
    assert waited >= 0.2
