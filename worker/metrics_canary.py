"""The canary's walks as figures: whether there is one, when it last came to its end, and where it failed."""

import time
from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from shared.domain.canary import Stage
from shared.services.figures_canary import canary_figures
from shared.settings import Settings


class Canary:
    """Tells the same names with and without a canary, so that an alert can ask for both."""

    def __init__(self, settings: Settings) -> None:
        """Note since when somebody watches: where no walk ever began, that one should have."""
        self._is_enabled = settings.canary_email is not None
        self._watched_since = time.time()

    def read(self, session: Session) -> Iterator[Metric]:
        """Give the figures of the canary; all zero without one."""
        yield GaugeMetricFamily(
            "gatehouse_canary_enabled", "1 when a canary walks: CANARY_EMAIL is set.", float(self._is_enabled)
        )
        found = canary_figures(session)
        since = found.last_success or found.first_start
        success = since.timestamp() if since else self._watched_since
        yield GaugeMetricFamily(
            "gatehouse_canary_last_success_timestamp_seconds",
            "End of the newest walk that came to its end; while none did, when the first one began or should have.",
            success if self._is_enabled else 0.0,
        )
        yield GaugeMetricFamily(
            "gatehouse_canary_last_walk_seconds", "How long the newest walk took, well or not.", found.last_seconds
        )
        failed = GaugeMetricFamily(
            "gatehouse_canary_failed", "1 for the stage at which the newest walk failed.", labels=["stage"]
        )
        for stage in Stage:
            failed.add_metric([stage.value], float(found.failed_at is stage))
        yield failed
