from typing import Any

import pytest
from kombu.utils.imports import symbol_by_name

from shared.settings import Settings, load_settings
from tests.worker.test_queues import worker_command
from worker.app import create_celery
from worker.queues import DELIVERY_LIMIT


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


@pytest.fixture
def on_rabbitmq(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
    return environment


def test_rabbitmq_confirms_what_it_took_and_cannot_hold_anybody(on_rabbitmq: pytest.MonkeyPatch) -> None:
    conf = create_celery(load_settings()).conf

    assert conf.broker_transport_options == {"confirm_publish": True, "read_timeout": 15, "write_timeout": 15}
    assert conf.broker_heartbeat == 10


def test_a_worker_waits_for_no_confirmation_of_what_it_shows_to_flower(on_rabbitmq: pytest.MonkeyPatch) -> None:
    conf = create_celery(load_settings(), runs_tasks=True).conf

    assert conf.broker_transport_options["confirm_publish"] is False


def kinds(conf: Any) -> set[str | None]:
    return {(queue.queue_arguments or {}).get("x-queue-type") for queue in conf.task_queues}


def test_queues_on_rabbitmq_are_quorum_queues_unless_a_setting_says_otherwise(on_rabbitmq: pytest.MonkeyPatch) -> None:
    usual = create_celery(load_settings()).conf
    on_rabbitmq.setenv("BROKER_QUEUE_TYPE", "classic")
    classic = create_celery(load_settings()).conf

    assert kinds(usual) == {"quorum"}
    assert {queue.queue_arguments["x-delivery-limit"] for queue in usual.task_queues} == {DELIVERY_LIMIT}
    assert usual.worker_detect_quorum_queues is True
    assert kinds(classic) == {None}


def test_redis_knows_no_kinds_of_queues(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BROKER_QUEUE_TYPE", "quorum")

    assert kinds(create_celery(load_settings()).conf) == {None}


def test_a_worker_does_not_lock_the_queue_it_is_questioned_through(settings: Settings) -> None:
    conf = create_celery(settings).conf

    assert (conf.control_queue_exclusive, conf.control_queue_durable) == (False, True)


def test_a_worker_declares_no_queues_for_messages_with_a_time(settings: Settings) -> None:
    consumer = symbol_by_name(create_celery(settings).conf.worker_consumer)

    steps = consumer.Blueprint.default_steps
    assert "celery.worker.consumer.tasks:Tasks" in steps
    assert not [step for step in steps if "delayed" in step]
