"""The Celery application, every setting with its reason."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from celery import Celery

from shared.messages import Chore, Queue
from shared.settings import Settings
from worker.queues import is_rabbitmq, queues_of

if TYPE_CHECKING:
    from worker.workshop import Workshop

EVERY_MINUTE = 60.0
EVERY_HOUR = 3600.0
VISIBILITY_TIMEOUT = 400
"""Seconds after which Redis hands out a message again whose worker died."""

TRANSPORT: Final[dict[str, Any]] = {
    "visibility_timeout": VISIBILITY_TIMEOUT,
    # Without it a worker never notices that the broker's side of a connection died (celery#8030 and its family).
    "socket_timeout": 15,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    # The sweep for messages of dead workers runs about every 100 s unless told otherwise (kombu#2558).
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Several installations may share a broker.
    "global_keyprefix": "gatehouse:",
}


RABBITMQ: Final[dict[str, Any]] = {
    # A broker that is frozen would hold relay and worker for ever.
    "read_timeout": 15,
    "write_timeout": 15,
}


def _rabbitmq(*, confirms: bool) -> dict[str, Any]:
    """A worker sends only what Flower shows: while it waited for a confirmation, it would take no mail in hand."""
    return RABBITMQ | {"confirm_publish": confirms}


class Gatehouse(Celery):  # type: ignore[misc]  # the library is untyped
    """Celery with the product's settings and, in a worker, its workshop."""

    settings: Settings

    @cached_property
    def workshop(self) -> "Workshop":
        """What the tasks work with; made in a worker only, so that beat and Flower stay small."""
        from worker.workshop import Workshop

        return Workshop(self.settings)


def create_celery(settings: Settings, *, runs_tasks: bool = False) -> Gatehouse:
    """Build the application for worker, relay, beat and Flower.

    Only the worker needs the tasks themselves (``runs_tasks``): the others know them by name, and stay small.
    """
    app = Gatehouse("gatehouse", broker=settings.broker_url, include=["worker.tasks"] if runs_tasks else [])
    app.settings = settings
    app.conf.update(
        broker_transport_options=_rabbitmq(confirms=not runs_tasks) if is_rabbitmq(settings) else TRANSPORT,
        # RabbitMQ only: with the default of 120 a worker stays deaf for minutes when its connection dies silently.
        broker_heartbeat=10,
        # Nor may it then, or a second worker of its name, find the queue for Flower's questions locked by a connection
        # that is dead already.
        control_queue_exclusive=False,
        control_queue_durable=True,
        visibility_timeout=VISIBILITY_TIMEOUT,
        # The default waits for ever.
        broker_pool_acquire_timeout=5,
        # Started in any order, whichever process comes first waits for the broker.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # retry=False would be the slower choice on a refused port; the relay has its own back-off.
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
        # Nobody waits for an answer: the tables hold what happened. A result backend can block the publisher.
        task_ignore_result=True,
        result_backend=None,
        # Acknowledged after the work: a message whose worker died comes back. Rows are leased, so twice is no harm.
        task_acks_late=True,
        # Redelivery on a lost child loops on a poisonous task; the row's own counter parks it instead.
        task_reject_on_worker_lost=False,
        # One message at a time per thread: a slow mail server must not hoard what others could send.
        worker_prefetch_multiplier=1,
        # A connection lost in the middle of DATA must not cut the mail: the lease keeps others off.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # A mail in flight is finished when the process is asked to stop.
        worker_soft_shutdown_timeout=20,
        worker_consumer="worker.consumer:Consumer",
        # For Flower, which shows the real queues.
        worker_send_task_events=True,
        # Only JSON: whoever reaches the broker must not be able to run code (CVE-2021-23727).
        task_serializer="json",
        accept_content=["json"],
        # Errors are logged where they happen, with ids only; they do not travel.
        task_remote_tracebacks=False,
        # Logging is ours (JSON, redacted).
        worker_hijack_root_logger=False,
        timezone="UTC",
        enable_utc=True,
        task_default_queue=Queue.HOUSEKEEPING,
        task_queues=queues_of(settings),
        task_create_missing_queues=False,
        beat_schedule={
            "advance-role-requests": {"task": Chore.ADVANCE_ROLE_REQUESTS, "schedule": EVERY_MINUTE},
            "reroute-role-requests": {"task": Chore.REROUTE_ROLE_REQUESTS, "schedule": EVERY_MINUTE},
            "tidy": {"task": Chore.TIDY, "schedule": EVERY_HOUR},
            "read-bounces": {"task": Chore.READ_BOUNCES, "schedule": EVERY_MINUTE},
            "walk-canary": {"task": Chore.WALK_CANARY, "schedule": 10.0},
        },
    )
    return app
