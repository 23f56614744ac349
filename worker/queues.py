"""The queues at the broker: what they are, whether those that are there already will do, and how long they may grow."""

import logging
import time
from typing import Any, Final

from celery import Celery
from kombu.entity import Queue as KombuQueue
from kombu.exceptions import OperationalError

from shared.messages import Queue
from shared.settings import QueueType, Settings

DELIVERY_LIMIT = 10
"""Times a quorum queue hands out a message that is not acknowledged before it drops it (x-delivery-limit).

Dropping loses nothing: the rows that the message named are announced again."""
LONGEST = 100
"""Messages waiting in one queue beyond which the relay adds none, so that no broker fills up while no worker runs, and
what waits then comes in full messages: a worker spends a fifth of its time on messages that carry a handful of rows."""
ASK_AGAIN = 5.0
"""Seconds until a queue of another kind is looked at again."""
_OTHER_KIND = 406
"""PRECONDITION_FAILED (AMQP 0-9-1)."""

logger = logging.getLogger(__name__)


def queues_of(settings: Settings) -> list[KombuQueue]:
    """Name the queues, with what RabbitMQ is asked to make of them; Redis knows no kinds."""
    arguments: dict[str, Any] = {}
    if is_rabbitmq(settings) and settings.broker_queue_type is QueueType.QUORUM:
        arguments = {"x-queue-type": QueueType.QUORUM.value, "x-delivery-limit": DELIVERY_LIMIT}
    return [KombuQueue(name, queue_arguments=arguments) for name in Queue]


def is_rabbitmq(settings: Settings) -> bool:
    """True when the broker speaks AMQP."""
    return settings.broker_url.startswith("amqp")


def broker_errors(app: Celery) -> tuple[type[Exception], ...]:
    """Whatever publishing can raise that is the broker's doing, a wrong password and a wrong queue included."""
    with app.connection_for_write() as connection:
        return (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)


def is_other_kind(error: BaseException) -> bool:
    """True when the broker says that a queue is there already, and is something else than we ask for."""
    return getattr(error, "reply_code", None) == _OTHER_KIND


def tell_of_other_kind(error: BaseException) -> None:
    """Say what the people on call have to do; the broker's words name the queue and the difference."""
    logger.error(
        "a queue at the broker is of another kind than BROKER_QUEUE_TYPE says; delete it there, the rows know what was "
        "in it (docs/operations.md, RabbitMQ)",
        extra={"broker": getattr(error, "reply_text", None)},
    )


def await_our_kind(app: Celery) -> None:
    """Return once every queue of the broker is what the settings ask for, or the broker cannot be asked now.

    Celery's consumer would end its process otherwise, again and again.
    """
    while True:
        try:
            with app.connection_for_write() as connection:
                for queue in app.conf.task_queues:
                    queue(connection.default_channel).declare()
            return
        except broker_errors(app) as error:
            if not is_other_kind(error):
                return
            tell_of_other_kind(error)
        time.sleep(ASK_AGAIN)


class Backlog:
    """How many more messages each queue may be given; asks the broker only when that is used up."""

    def __init__(self, app: Celery) -> None:
        """Prepare; the first message to a queue is free, so that a relay without work needs no broker."""
        self._app = app
        self._room: Final = dict.fromkeys(Queue, 1)

    def with_room(self) -> list[Queue]:
        """The queues that may be given messages now.

        Raises:
            broker_errors: the broker had to be asked and did not answer.
        """
        return [queue for queue in Queue if self._has_room(queue)]

    def grew(self, queue: str) -> None:
        """Note that a queue was given a message."""
        self._room[Queue(queue)] -= 1

    def _has_room(self, queue: Queue) -> bool:
        if self._room[queue] <= 0:
            self._room[queue] = LONGEST - self._length(queue)
        return self._room[queue] > 0

    def _length(self, name: Queue) -> int:
        with self._app.producer_pool.acquire(block=True) as producer:
            queue = self._app.amqp.queues[name]
            answer = producer.channel.queue_declare(
                queue=name, durable=True, auto_delete=False, arguments=queue.queue_arguments
            )
            return int(answer.message_count)
