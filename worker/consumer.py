"""What of Celery's consumer the product leaves out."""

from celery.worker.consumer import Consumer as Whole


class Consumer(Whole):  # type: ignore[misc]  # the library is untyped
    """Celery's consumer without delayed delivery.

    On quorum queues that step declares 28 queues more for messages with a time, and warns at every start that direct
    exchanges do not support them. Nothing here sends such messages: times are columns.
    """

    class Blueprint(Whole.Blueprint):  # type: ignore[misc]
        """The steps of a consumer's start."""

        default_steps = tuple(step for step in Whole.Blueprint.default_steps if not step.endswith(":DelayedDelivery"))
