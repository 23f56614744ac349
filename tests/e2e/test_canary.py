"""The canary on real processes: each of them is needed for its walk."""

import time
from pathlib import Path

import pytest

from shared.messages import Chore
from shared.settings import load_settings
from tests.e2e.installation import Installation, installation
from worker.app import create_celery

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MAILBOX = "canary@ops.example"


@pytest.fixture
def running(tmp_path: Path, backend: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    with installation(tmp_path / "canary", CANARY_EMAIL=MAILBOX, RATE_LIMITS="on", **backend) as one:
        for name, value in one.variables.items():
            monkeypatch.setenv(name, value)
        yield one


def test_the_canary_walks_from_sign_up_to_expiry_through_relay_broker_worker_and_mail_server(running: Installation):
    beat = create_celery(load_settings())

    def templates() -> set[str]:
        mails = [mail for mail in running.mails("") if mail["to"][0].startswith("canary")]
        return {mail["headers"]["X-Gatehouse-Template"] for mail in mails}

    end = time.monotonic() + 60
    while "expired" not in templates() and time.monotonic() < end:
        # What beat does every ten seconds, without waiting for them.
        beat.send_task(Chore.WALK_CANARY)
        time.sleep(1)

    assert templates() >= {"password", "request-received", "decide", "expired"}
    assert not running.mails("commission@commission.example")
    beat.close()
