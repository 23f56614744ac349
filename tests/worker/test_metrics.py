"""The exporter as Prometheus meets it, on a port of its own."""

import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from shared.db import Database
from shared.domain.deliveries import CRASHES_TO_PARK
from shared.models import OutboxRow
from shared.settings import load_settings
from shared.version import VERSION
from tests.builders import an_account
from tests.builders_figures import a_mail, a_parked_mail
from tests.builders_role_requests import a_role_request, an_assignment
from tests.worker.conftest import Office
from worker.mailer import Mailer
from worker.metrics import Application, Server

ROOT = Path(__file__).parents[2]
NAMES = set(
    """
    gatehouse_database_up gatehouse_build_info gatehouse_unfinished gatehouse_oldest_unfinished_seconds
    gatehouse_oldest_unfinished_any_seconds gatehouse_relay_lag_seconds gatehouse_leased gatehouse_retrying
    gatehouse_attempts gatehouse_mails gatehouse_delivery_seconds gatehouse_bounces gatehouse_parked
    gatehouse_parked_last_timestamp_seconds gatehouse_waiting_requests gatehouse_oldest_waiting_request_seconds
    gatehouse_requests_without_recipient gatehouse_requests_overdue gatehouse_locked_links gatehouse_audit_unsealed
    gatehouse_audit_oldest_unsealed_seconds gatehouse_accounts gatehouse_scrape_seconds
    gatehouse_canary_enabled gatehouse_canary_last_success_timestamp_seconds gatehouse_canary_last_walk_seconds
    gatehouse_canary_failed gatehouse_figures_missing
    """.split()
)
"""What alert rules and dashboards are written against; the parser takes ``_total`` off the names of counters."""
Get = Callable[[str], tuple[int, str]]


@contextmanager
def asked() -> Iterator[Get]:
    """An exporter with the settings of the moment."""
    application = Application(load_settings())
    server = Server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def ask(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()
    application.close()


@pytest.fixture
def get(environment: pytest.MonkeyPatch) -> Iterator[Get]:
    del environment
    with asked() as ask:
        yield ask


def told(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"gatehouse_{name}", frozenset(labels.items())


@pytest.mark.usefixtures("database")
def test_every_name_that_alerts_and_dashboards_know_is_told(get: Get) -> None:
    status, text = get("/metrics")

    assert status == 200
    assert {family.name for family in text_string_to_metric_families(text)} == NAMES
    assert told(text)[key("build_info", version=VERSION)] == 1


def test_figures_come_from_the_tables(get: Get, database: Database) -> None:
    with database.transaction() as session:
        a_mail(session, ago=timedelta(minutes=2))
        a_parked_mail(session)
        an_assignment(session, a_role_request(session, an_account(session)))

    found = told(get("/metrics")[1])

    assert found[key("database_up")] == 1
    assert found[key("unfinished", queue="mail.urgent")] == 1
    assert found[key("oldest_unfinished_seconds", queue="mail.urgent")] == pytest.approx(120, abs=60)
    assert found[key("parked", task="emails.deliver")] == 1
    assert found[key("waiting_requests", environment="production", country="BE", office="national_authority")] == 1
    assert found[key("accounts", state="usable")] == 1
    assert found[key("mails_total", template="decide", state="refused", domain="people.example")] == 1


@pytest.mark.req("S43")
def test_no_address_is_told(get: Get, database: Database) -> None:
    with database.transaction() as session:
        a_mail(session, to="ann.peeters@people.example", state="sent")

    text = get("/metrics")[1]

    assert "people.example" in text
    assert "@" not in text


def test_a_reading_is_told_to_everybody_who_asks_within_seconds(get: Get, database: Database) -> None:
    before = get("/metrics")
    with database.transaction() as session:
        a_mail(session)

    assert get("/metrics") == before


def test_without_the_database_only_that_is_told(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("DATABASE_URL", f"sqlite+pysqlite:///{tmp_path / 'no' / 'such' / 'folder'}")
    with asked() as get:
        status, text = get("/metrics")
        ready = get("/readyz")

    assert status == 200
    assert told(text)[key("database_up")] == 0
    assert {family.name for family in text_string_to_metric_families(text)} == {
        "gatehouse_database_up",
        "gatehouse_build_info",
        "gatehouse_scrape_seconds",
    }
    assert ready == (503, "unavailable\n")


def test_the_process_lives_and_is_ready(get: Get) -> None:
    assert (get("/healthz"), get("/readyz")) == ((200, "alive\n"), (200, "ready\n"))


def test_the_first_page_leads_to_the_others_and_there_are_no_more(get: Get) -> None:
    assert [f'href="{path}"' in get("/")[1] for path in ("/metrics", "/healthz", "/readyz")] == [True] * 3
    assert get("/nothing")[0] == 404


@pytest.mark.slow
def test_it_loads_neither_the_web_nor_the_queue(environment: pytest.MonkeyPatch) -> None:
    script = (
        "import sys, worker.metrics, worker.metrics_exporter; print({'flask', 'celery', 'kombu'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


@pytest.mark.slow
def test_a_port_that_is_taken_ends_the_start_with_one_line(environment: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        environment.setenv("METRICS_PORT", str(other.getsockname()[1]))
        done = subprocess.run(
            [sys.executable, "-m", "worker.metrics"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
        )

    assert done.returncode == 2
    assert done.stderr.startswith("gatehouse: METRICS_PORT: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("mail_server")
def test_a_mail_that_the_worker_parked_is_told_as_parked(
    get: Get, office: Office, mailer: Mailer, database: Database
) -> None:
    row_id = office.notice(office.account())
    with database.transaction() as session:
        session.execute(update(OutboxRow).where(OutboxRow.id == row_id).values(crashes=CRASHES_TO_PARK))

    mailer.deliver(row_id)

    assert told(get("/metrics")[1])[key("parked", task="emails.deliver")] == 1
