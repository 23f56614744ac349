"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of mails, and seconds."""

    seconds: float = 5.0
    """Of each closed loop."""
    warm_up: float = 1.0
    clients: tuple[int, ...] = (1, 8, 32)
    light_rate: float = 5.0
    heavy_rate: float = 270.0
    offered_seconds: float = 30.0
    drained: int = 5_000
    far: tuple[int, int] = (400, 2_000)
    """For plain and for ours: a rate is compared, and nobody wants to wait for the other."""
    far_reply_ms: float = 10.0
    faulty: int = 1_000
    refused_share: float = 0.1
    faults_seconds: float = 20.0


FULL = Scale()
QUICK = Scale(seconds=2.0, warm_up=0.5, clients=(8,), offered_seconds=8.0, drained=1_500, far=(60, 600), faulty=400)
