"""The same product on RabbitMQ: another broker is a setting, not another program."""

import os
from pathlib import Path

import pytest

from tests.conftest import ON_SERVICES
from tests.e2e.api import Client
from tests.e2e.installation import installation

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(not ON_SERVICES, reason="asks for the servers under test"),
]


def test_a_sign_up_gets_its_mail_through_rabbitmq(tmp_path: Path):
    with installation(tmp_path / "rabbit", BROKER_URL=os.environ["TEST_AMQP_URL"]) as one:
        client = Client(one.web)
        assert client.sign_up("ann@alpro.example").status_code == 202
        client.leave()

        assert one.wait_for_mail("ann@alpro.example", template="password")
