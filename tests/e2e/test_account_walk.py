"""Step 1 of the letter on real processes: create an account, get the mail, set a password, log in."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.chaos.servers import wait_until
from tests.e2e.api import Client
from tests.e2e.installation import ROOT, Installation, installation
from tests.e2e.person import Person, link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PASSWORD = "a long walk to the sea"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with installation(Path(tmp_path_factory.mktemp("account"))) as one:
        yield one


@pytest.mark.req("S47")
def test_flower_answers_nobody_without_the_password_and_changes_nothing_with_it(running: Installation):
    flower = f"http://127.0.0.1:{running.variables['FLOWER_PORT']}"
    user, _, password = (running.var_dir / "flower-auth").read_text().strip().partition(":")

    stranger = [httpx.get(f"{flower}{path}").status_code for path in ("/", "/api/workers", "/api/queues/length")]
    on_call = httpx.get(f"{flower}/api/queues/length", auth=(user, password))
    start = httpx.post(f"{flower}/api/task/async-apply/emails.deliver", auth=(user, password), json={"args": [[]]})

    assert stranger == [401, 401, 401]
    assert {queue["name"] for queue in on_call.json()["active_queues"]} >= {"mail.urgent", "mail.notice", "routing"}
    assert start.status_code == 403


def test_flower_shows_the_task_of_a_mail_to_its_end(running: Installation):
    before = tasks_done(running)
    client = Client(running.web)

    client.sign_up("flower@people.example")

    client.leave()
    wait_until(lambda: tasks_done(running) > before, what="Flower")


def tasks_done(one: Installation) -> int:
    user, _, password = (one.var_dir / "flower-auth").read_text().strip().partition(":")
    asked = {"taskname": "emails.deliver", "state": "SUCCESS"}
    flower = f"http://127.0.0.1:{one.variables['FLOWER_PORT']}"
    return len(httpx.get(f"{flower}/api/tasks", params=asked, auth=(user, password)).json())


@pytest.mark.req("S47")
def test_flower_does_not_start_without_a_password(running: Installation):
    variables = {name: value for name, value in running.environment.items() if name != "FLOWER_BASIC_AUTH"}

    refused = subprocess.run(
        [sys.executable, "-m", "worker.flower"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert refused.returncode == 2
    assert "FLOWER_BASIC_AUTH" in refused.stderr


@pytest.fixture
def browser(running: Installation):
    person = Person(running.web)
    yield person
    person.leave()


@pytest.mark.req("R3", "R4", "R20", "R24", "R26")
def test_a_person_signs_up_gets_the_mail_sets_a_password_and_logs_in(running: Installation, browser: Person):
    ann = browser
    ann.go_home()
    ann.follow("Sign up for TRACES")
    ann.press(
        "Create an account",
        first_name="Ann",
        last_name="Peeters",
        email="ann@alpro.example",
        confirm_email="ann@alpro.example",
        accept_privacy=True,
    )
    assert ann.reads("Check your mail")

    mail = running.wait_for_mail("ann@alpro.example", template="password")
    ann.open(link_in(mail))
    ann.press("Set password", password=PASSWORD, confirm_password=PASSWORD)
    ann.press("Log in", email="ann@alpro.example", password=PASSWORD)

    assert ann.status == 200
    assert ann.reads("Log out")


@pytest.mark.req("R21", "R22", "S4")
def test_a_link_is_dead_after_ninety_minutes_and_a_new_one_works(running: Installation, browser: Person):
    bob = browser
    bob.go_home()
    bob.follow("Sign up for TRACES")
    names = {"first_name": "Bob", "last_name": "Maes"}
    address = {"email": "bob@alpro.example", "confirm_email": "bob@alpro.example"}
    bob.press("Create an account", accept_privacy=True, **names, **address)
    link = link_in(running.wait_for_mail("bob@alpro.example", template="password"))

    running.command("clock", "advance", "91m")
    bob.open(link)
    assert bob.status == 410

    bob.press("Send a new link")
    bob.open(link_in(running.wait_for_mail("bob@alpro.example", template="password", after=1)))
    bob.press("Set password", password=PASSWORD, confirm_password=PASSWORD)
    assert bob.reads("Your password is set")


@pytest.mark.req("S20", "S21")
def test_a_person_moves_to_another_address_when_both_mailboxes_have_confirmed(running: Installation, browser: Person):
    old, new = "cleo@alpro.example", "cleo@colzagro.example"
    program = Client(running.web)
    program.sign_up(old)
    program.set_password(link_in(running.wait_for_mail(old, template="password")).rpartition("/")[2], PASSWORD)
    program.leave()
    cleo = browser
    cleo.open(f"{running.web}/account/email")
    cleo.press("Log in", email=old, password=PASSWORD)

    cleo.press("Send the two mails", email=new, confirm_email=new, current_password=PASSWORD)
    cleo.open(link_in(running.wait_for_mail(new, template="confirm-address")))
    cleo.press("Confirm the address")
    assert cleo.reads("Now open the link in the other mail")
    cleo.open(link_in(running.wait_for_mail(old, template="approve-address")))
    cleo.press("Approve the change")

    assert cleo.reads("Your e-mail address is changed.")
    for mailbox in (old, new):
        running.wait_for_mail(mailbox, template="address-changed")
    cleo.press("Log out")
    cleo.open(f"{running.web}/account/log-in")
    cleo.press("Log in", email=new, password=PASSWORD)
    assert cleo.reads("Log out")
