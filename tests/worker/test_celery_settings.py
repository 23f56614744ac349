import pytest

from shared.settings import Settings, load_settings
from tests.worker.test_queues import worker_command
from worker.app import create_celery


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


def test_a_message_is_given_back_when_its_worker_dies(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is False
    assert conf.worker_prefetch_multiplier == 1
    assert conf.visibility_timeout == conf.broker_transport_options["visibility_timeout"] == 400
    assert conf.broker_transport_options["unacked_restore_interval"] == 5


def test_a_broker_that_vanished_is_noticed(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert conf.broker_transport_options["socket_timeout"] == 15
    assert conf.broker_transport_options["socket_connect_timeout"] == 2
    assert conf.broker_transport_options["health_check_interval"] == 10
    assert conf.broker_pool_acquire_timeout == 5
    assert conf.broker_connection_max_retries is None
    assert conf.broker_connection_retry_on_startup is True
    assert conf.task_publish_retry_policy["max_retries"] == 1


def test_nothing_answers_back(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert conf.result_backend is None
    assert conf.task_ignore_result is True
    assert conf.task_remote_tracebacks is False


@pytest.mark.req("S46")
def test_messages_can_carry_nothing_but_json(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])


def test_a_mail_in_flight_is_finished(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert conf.worker_cancel_long_running_tasks_on_connection_loss is False
    assert conf.worker_soft_shutdown_timeout == 20
    assert worker_command()[worker_command().index("--pool") + 1] == "threads"


def test_times_are_utc(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert (conf.timezone, conf.enable_utc) == ("UTC", True)


def test_rabbitmq_confirms_what_it_took(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")

    assert create_celery(load_settings()).conf.broker_transport_options == {"confirm_publish": True}
