import json
import os
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from demo.mail_sink.mailbox import Mailbox
from demo.mail_sink.reading import read_letter
from demo.readiness import answers_ok, greets
from tests.demo.copies import CHECKOUT, Copy, free_ports, until

HOSTILE = "<script>alert('subject')</script>"
LINK = "http://127.0.0.1:8000/password/q-Zr_7?a=1&b=2"


class Sink:
    """The mail sink in a process of its own."""

    def __init__(self, var_dir: Path, **variables: str) -> None:
        ports = free_ports()
        self.smtp_port = int(ports["SMTP_PORT"])
        self.inbox_port = int(ports["INBOX_PORT"])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo.mail_sink"],
            cwd=CHECKOUT,
            env={**os.environ, **ports, "VAR_DIR": str(var_dir), **variables},
        )
        until(self.answers)

    def answers(self) -> bool:
        return greets("127.0.0.1", self.smtp_port) and answers_ok("127.0.0.1", self.inbox_port, "/", site="localhost")

    def send(self, message: EmailMessage, *to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as connection:
            connection.send_message(message, to_addrs=to or None)

    def get(self, path: str, *, method: str = "GET") -> tuple[str, dict[str, str]]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.inbox_port}{path}", method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode(), dict(answer.headers)

    def mails(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get(f"/api/mails{query}")[0])
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


@pytest.fixture
def run_sink(tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    sinks: list[Sink] = []

    def run(**variables: str) -> Sink:
        sinks.append(Sink(tmp_path, **variables))
        return sinks[-1]

    yield run
    for sink in sinks:
        sink.stop()


def a_mail(subject: str = "Set your password", *, to: str = "ann@alpro.example") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "no-reply@gatehouse.example"
    message["To"] = to
    message["X-Gatehouse-Environment"] = "training"
    message.set_content(f"Dear <b>Madam</b>,\n\n  {LINK}\n\nČau.\n")
    message.add_alternative(f"<html><head></head><body><a href='{LINK}'>Open</a></body></html>", subtype="html")
    return message


def test_a_mail_is_there_for_programs_as_soon_as_it_was_accepted(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()

    sink.send(a_mail())

    (mail,) = sink.mails("?to=ANN@alpro.example")
    assert set(mail) == {"id", "to", "subject", "received_at", "headers", "text", "html"}
    assert mail["to"] == ["ann@alpro.example"]
    assert mail["subject"] == "Set your password"
    assert mail["headers"]["X-Gatehouse-Environment"] == "training"
    assert f"  {LINK}" in mail["text"].splitlines()
    assert "Čau." in mail["text"]
    assert "<a href=" in mail["html"]
    assert sink.mails("?to=bob@alpro.example") == []
    raw, headers = sink.get(f"/api/mails/{mail['id']}/raw")
    assert headers["Content-Type"] == "message/rfc822"
    assert raw.startswith("Delivered-To: ann@alpro.example\r\nSubject: Set your password\r\n")


def test_recipients_are_those_of_the_envelope_whatever_the_mail_claims(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()

    sink.send(a_mail(to="somebody@else.example"), "ann@alpro.example", "bob@alpro.example")

    assert sink.mails()[0]["to"] == ["ann@alpro.example", "bob@alpro.example"]
    assert len(sink.mails("?to=bob@alpro.example")) == 1
    assert sink.mails("?to=somebody@else.example") == []


def test_the_list_shows_the_newest_first_with_its_environment(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()
    for subject in ("first", "second"):
        sink.send(a_mail(subject))

    rows = BeautifulSoup(sink.get("/")[0], "html.parser").select("tbody tr")

    assert [row.select("td")[2].text for row in rows] == ["second", "first"]
    assert [row.select("td")[1].text for row in rows] == ["ann@alpro.example"] * 2
    assert [row.select("td")[3].text for row in rows] == ["training"] * 2


def test_a_long_list_goes_on_on_the_next_page(tmp_path: Path, run_sink: Callable[..., Sink]) -> None:
    mailbox = Mailbox(tmp_path / "inbox")
    for number in range(130):
        mailbox.add(b"Subject: %d\r\n\r\n" % number, ["ann@alpro.example"])
    sink = run_sink()

    first = BeautifulSoup(sink.get("/?to=ann@alpro.example")[0], "html.parser")
    second = BeautifulSoup(sink.get(str(first.select("a")[-1]["href"]))[0], "html.parser")

    subjects = [row.select("td")[2].text for page in (first, second) for row in page.select("tbody tr")]
    assert subjects == [str(number) for number in reversed(range(130))]
    assert "Older mails" not in second.text


def test_a_hostile_subject_is_shown_as_text(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()
    sink.send(a_mail(HOSTILE))
    mail_id = sink.mails()[0]["id"]

    for path in ("/", f"/mails/{mail_id}"):
        page, headers = sink.get(path)
        assert HOSTILE in BeautifulSoup(page, "html.parser").get_text()
        assert "<script" not in page
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; frame-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_text_of_a_mail_is_shown_as_written_and_its_link_can_be_followed(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()
    sink.send(a_mail())

    page = BeautifulSoup(sink.get(f"/mails/{sink.mails()[0]['id']}")[0], "html.parser")

    (text,) = page.select("pre")
    assert "Dear <b>Madam</b>," in text.get_text()
    assert [link["href"] for link in text.select("a")] == [LINK]


def test_the_html_of_a_mail_stays_in_a_sandbox_without_script(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()
    sink.send(a_mail())
    mail_id = sink.mails()[0]["id"]

    (frame,) = BeautifulSoup(sink.get(f"/mails/{mail_id}")[0], "html.parser").select("iframe")
    part, headers = sink.get(str(frame["src"]))

    assert frame["sandbox"] == ["allow-popups", "allow-popups-to-escape-sandbox"]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert '<head><base target="_blank"></head>' in part


def test_mails_survive_a_restart_and_can_be_thrown_away(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()
    sink.send(a_mail())
    kept = sink.mails()
    sink.stop()

    again = run_sink()

    assert again.mails("?to=ann@alpro.example") == kept
    again.get("/api/mails", method="DELETE")
    assert again.mails() == []


def test_only_the_newest_mails_are_kept(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, kept=3)
    ids = [mailbox.add(b"Subject: x\r\n\r\n", ["ann@alpro.example"]) for _ in range(5)]

    assert list(mailbox.ids()) == list(reversed(ids[2:]))
    assert sorted(path.stem for path in tmp_path.glob("*.eml")) == ids[2:]
    assert list(Mailbox(tmp_path, kept=3).ids()) == list(reversed(ids[2:]))


def test_the_answer_to_a_mail_can_be_made_slow(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink(SINK_DELAY_MS="150")
    started = time.monotonic()

    sink.send(a_mail())

    assert time.monotonic() - started >= 0.15


def test_what_is_not_there_is_not_found(run_sink: Callable[..., Sink]) -> None:
    sink = run_sink()

    for path in ("/mails/unknown", "/mails/..%2Fvar/raw", "/mails/../secret-keys/raw", "/api/mails/unknown/raw", "/x"):
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            sink.get(path)
        refused.value.close()


def test_the_sink_takes_mail_until_the_last_program_has_stopped(run_copy: Callable[..., Copy]) -> None:
    worker = """
    import os, signal, smtplib, time
    from pathlib import Path
    signal.signal(signal.SIGTERM, lambda *_: None)
    Path(os.environ["FOLDER"], "begun").write_text("yes\\n")
    signal.pause()
    time.sleep(0.5)
    with smtplib.SMTP(os.environ["BIND"], int(os.environ["SMTP_PORT"])) as connection:
        connection.sendmail("no-reply@gatehouse.example", ["ann@alpro.example"], "Subject: the last one\\r\\n\\r\\n")
    """
    copy = run_copy({"worker": worker}, MAIL_SERVER="")
    copy.wait_for_file("begun")
    until((copy.var_dir / "inbox").exists)

    assert copy.stop() == 0

    (mail,) = (copy.var_dir / "inbox").glob("*.eml")
    assert b"Subject: the last one" in mail.read_bytes()
    assert copy.is_gone()


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?unknown-8bit?q?=ff?=\r\nTo: <<<>>>,,;\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: multipart/alternative\r\n\r\nno boundary",
        b"\xff\xfe\x00: x\r\nSubject: \xc3\xa9\r\n\r\n",
        b"",
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_can_be(raw: bytes) -> None:
    letter = read_letter("01795552516494446691-85b7ba7c", ["ann@alpro.example"], raw)

    assert letter.to == ["ann@alpro.example"]
    assert letter.received_at.year == 2026
