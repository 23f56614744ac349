"""What of Celery's consumer the product does otherwise."""

import sys
from typing import Any

from celery.worker.consumer import Consumer as Whole

from worker.pace import Pace

EVENTS_EVERY = 0.25
"""Seconds between two messages of events to Flower at the least."""


class Consumer(Whole):  # type: ignore[misc]  # the library is untyped
    """Celery's consumer with events in fewer messages, and without delayed delivery."""

    class Blueprint(Whole.Blueprint):  # type: ignore[misc]
        """The steps of a consumer's start.

        On quorum queues the step left out declares 28 queues more for messages with a time, and warns at every start
        that direct exchanges do not support them. Nothing here sends such messages: times are columns.
        """

        default_steps = tuple(step for step in Whole.Blueprint.default_steps if not step.endswith(":DelayedDelivery"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Celery gives."""
        super().__init__(*args, **kwargs)
        self._flushing = Pace(EVENTS_EVERY)

    def register_with_event_loop(self, hub: Any) -> None:
        """Begin to listen, and see that only this thread, the one of the loop, ever sends events.

        Celery lets whichever thread notes the 24th event send them all, while the loop reads from the same connection:
        the two take each other's answers, and the worker hears nothing until RabbitMQ closes the connection.
        """
        super().register_with_event_loop(hub)
        if self.event_dispatcher:
            self.event_dispatcher.buffer_limit = sys.maxsize

    def on_send_event_buffered(self) -> None:
        """Send what is buffered in a moment, together with what comes until then.

        Celery sends it with the next turn of its loop: three messages for each of ours, while a mail is being written
        that somebody waits for. Two threads at the same moment send one message more, which harms nothing.
        """
        if self.hub and self._flushing.take_turn():
            self.hub.call_later(EVENTS_EVERY, self._flush_events)
