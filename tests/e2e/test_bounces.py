"""A mail that the mail server took comes back: the report is piped in, and helpdesk and person are told."""

import mailbox
import re
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from tests.builders_reports import About
from tests.builders_reports_servers import exchange, postfix
from tests.e2e.installation import ROOT, Installation, installation
from tests.e2e.person import Person, link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PASSWORD = "a long walk to the sea"
WRONG, RIGHT = "nora@alrpo.example", "nora@alpro.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]):
    folder = Path(tmp_path_factory.mktemp("bounces"))
    mailbox.Maildir(folder / "reports", create=True)
    with installation(folder, BOUNCES_MAILDIR=str(folder / "reports"), **backend) as one:
        yield one


@pytest.fixture
def browser(running: Installation):
    made = []

    def make() -> Person:
        made.append(Person(running.web))
        return made[-1]

    yield make
    for one in made:
        one.leave()


def signs_up(person: Person, email: str, first_name: str) -> None:
    person.go_home()
    person.follow("Sign up for TRACES")
    names = {"first_name": first_name, "last_name": "Maes"}
    person.press("Create an account", accept_privacy=True, email=email, confirm_email=email, **names)


def sets_password(person: Person, mail: dict) -> None:
    person.open(link_in(mail))
    person.press("Set password", password=PASSWORD, confirm_password=PASSWORD)


def logs_in(person: Person, email: str) -> None:
    person.open(f"{person.home}/account/log-in")
    person.press("Log in", email=email, password=PASSWORD)


def about(mail: dict, **changes: str) -> About:
    """What a report says of a mail that the sink has."""
    found = re.search(r"<([0-9a-f-]{36})@gatehouse\.example>", mail["headers"]["Message-ID"])
    assert found is not None
    return About(email_id=UUID(found.group(1)), recipient=mail["headers"]["To"], **changes)


def pipe_in(running: Installation, report: str) -> tuple[int, str]:
    """As a mail server does it."""
    flask = str(Path(sys.executable).parent / "flask")
    done = subprocess.run(
        [flask, "--app", "gateway", "bounces", "read"],
        input=report,
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_typing_error_is_found_out_corrected_and_the_person_gets_in(running: Installation, browser):
    nora, helga = browser(), browser()
    signs_up(helga, "helga@helpdesk.example", "Helga")
    sets_password(helga, running.wait_for_mail("helga@helpdesk.example", template="password"))
    running.command("staff", "add", "helga@helpdesk.example", "helpdesk")
    signs_up(nora, WRONG, "Nora")
    lost = running.wait_for_mail(WRONG, template="password")

    assert pipe_in(running, exchange(about(lost, status="5.1.10"))) == (0, "bounced\n")
    assert pipe_in(running, exchange(about(lost, status="5.1.10"))) == (0, "nothing new\n")

    logs_in(helga, "helga@helpdesk.example")
    helga.open(f"{running.web}/helpdesk")
    helga.press("Look", who=WRONG)
    assert helga.reads("Did not arrive")
    assert helga.reads("the domain of the address does not exist or takes no mail (5.1.10)")
    helga.press("Correct the address", email=RIGHT, address_ground="call 4711", current_password=PASSWORD)
    assert helga.reads("The address is corrected.")

    nora.open(link_in(lost))
    assert nora.status == 410
    sets_password(nora, running.wait_for_mail(RIGHT, template="password"))
    logs_in(nora, RIGHT)
    assert nora.reads("Log out")
    helga.press("Correct the address", email=WRONG, address_ground="call 4711", current_password=PASSWORD)
    assert helga.status == 422
    assert helga.reads("has set a password")


def test_a_report_in_the_mailbox_is_read_within_a_minute_and_shown_to_the_person(running: Installation, browser):
    ann = browser()
    signs_up(ann, "ann@alpro.example", "Ann")
    sets_password(ann, running.wait_for_mail("ann@alpro.example", template="password"))
    logs_in(ann, "ann@alpro.example")
    ann.open(f"{running.web}/account/password")
    ann.press(
        "Change your password", current_password=PASSWORD, password=PASSWORD + "!", confirm_password=PASSWORD + "!"
    )
    returned = running.wait_for_mail("ann@alpro.example", template="password-changed")
    reports = mailbox.Maildir(running.variables["BOUNCES_MAILDIR"], create=False)

    key = reports.add(postfix(about(returned, status="5.2.2")).encode())

    end = time.monotonic() + 90
    while reports.get_message(key).get_flags() != "S":
        assert time.monotonic() < end, "nobody read the report"
        time.sleep(0.5)
    ann.open(f"{running.web}/production/profile")
    assert ann.reads("A mail to you did not arrive")
    assert ann.reads("It came back: the mailbox is full (5.2.2).")
