"""One run of one profile: start, harm, drain, judge."""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from benchmarks.figures import quantiles
from tests.chaos.driver import FAULT_OF_OURS, Answer, Crowd, Told
from tests.chaos.gathering import Tables, within
from tests.chaos.hands import DOWN, Done, Hands
from tests.chaos.oracle import History, Verdict, judge
from tests.chaos.people import Applicants, Office
from tests.chaos.plan import Menu, draw
from tests.chaos.profiles import Stand, stand

DRAIN_WITHIN = 240.0
"""Seconds to wait for the last mail; what is not done then is a finding."""
PROGRESS_EVERY = 5.0
DATABASE_BACK = 8.0
"""Seconds after a fault of the database within which "not now" is the right answer."""
UNAVAILABLE = 503
THROUGH = 0o711
"""The servers run as users of their own and have to get through to their folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is to be."""

    profile: str
    menu: Menu
    sign_ups: int
    rate: float
    kills: int
    seed: int
    role_requests: int

    @property
    def seconds(self) -> float:
        """How long people sign up, and things go wrong."""
        return self.sign_ups / self.rate


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to; times in seconds but where they say milliseconds."""

    order: Order
    verdict: Verdict
    delivery: dict[str, float]
    drained: float
    answers: dict[str, float]
    """Milliseconds, all answers."""
    answers_without_broker: dict[str, float]
    """Milliseconds, those asked for while nobody could reach the broker."""
    faults_of_ours: Counter[int]
    broken: Counter[str]
    gave_up: int
    parked: int
    requests: int
    decisions: int
    kills: Counter[str]
    faults: Counter[str]
    mail_faults: Counter[str]
    missed: Counter[str] = field(default_factory=Counter)


def run(order: Order, *, keep: Path | None = None) -> Outcome:
    """Carry out a run in a folder of its own, or in a new one below ``keep``, which stays.

    Raises:
        CannotRun: the machine has not what the profile needs.
    """
    with workplace(keep) as folder, stand(order.profile, folder, seed=order.seed) as one:
        outcome, told, done = _run(order, one)
        (folder / "answers.jsonl").write_text(_lines(told.answers))
        (folder / "faults.jsonl").write_text(_lines(done))
        return outcome


@contextmanager
def workplace(keep: Path | None = None) -> Iterator[Path]:
    """A folder that goes away at the end, unless it is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="chaos-") as name:
            Path(name).chmod(THROUGH)
            yield Path(name)
    else:
        keep.mkdir(parents=True, exist_ok=True)
        name = tempfile.mkdtemp(prefix="chaos-", dir=keep.resolve())
        Path(name).chmod(THROUGH)
        yield Path(name)


def _lines(records: Sequence[Answer] | Sequence[Done]) -> str:
    return "".join(json.dumps(asdict(record)) + "\n" for record in records)


def _run(order: Order, one: Stand) -> tuple[Outcome, Told, list[Done]]:
    tables = Tables(one.database_url)
    web = one.installation.web
    applicants = Applicants(web, one.mails, count=order.role_requests, seed=order.seed)
    office = Office(web, one.mails)
    crowd = Crowd(int(one.installation.variables["PORT"]), count=order.sign_ups, rate=order.rate)
    plan = draw(seed=order.seed, seconds=order.seconds, kills=order.kills, menu=order.menu)
    hands = Hands(one, plan, seed=order.seed, is_late=crowd.is_late)
    say(f"{order.profile}: {order.sign_ups} sign-ups at {order.rate:g}/s, {len(plan)} faults, seed {order.seed}")
    progress = Progress(order, one, tables, crowd, hands)
    for each in (crowd, hands, office):
        each.start()
    asking = applicants.ask_over(order.seconds * 0.8)
    while crowd.is_busy() or hands.is_busy():
        progress.tell()
    for each in (crowd, hands):
        each.join()
    asking.join()
    office.stop()
    drained = _drain(progress, tables)
    time.sleep(1.0)  # the mail server hears of the last answers
    history = History(
        accepted=list(crowd.told.accepted),
        requests_accepted=applicants.accepted,
        decisions_accepted=office.decided,
        rows=tables.rows(),
        copies=one.mails.copies(),
        requests=tables.requests(),
        unfinished=tables.unfinished_rows(),
        audit_problems=_audit(one),
        wrong_answers=[*_wrong(crowd.told.answers, hands), *applicants.wrong],
    )
    applicants.leave()
    parked = tables.parked()
    tables.close()
    down = hands.spans("broker", only=DOWN)
    outcome = Outcome(
        order=order,
        verdict=judge(history),
        delivery=quantiles(_deliveries(crowd.told.accepted, history)),
        drained=max(0.0, drained - hands.last),
        answers=_milliseconds(crowd.told.answers),
        answers_without_broker=_milliseconds([one for one in crowd.told.answers if within(one.began, down)]),
        faults_of_ours=Counter(one.status for one in crowd.told.answers if one.status >= FAULT_OF_OURS),
        broken=crowd.told.broken,
        gave_up=len(crowd.told.gave_up),
        parked=parked,
        requests=len(applicants.accepted),
        decisions=len(office.decided),
        kills=hands.kills(),
        faults=Counter(f"{one.where} {one.what}" for one in hands.done if one.where != "kill"),
        mail_faults=one.mails.faults,
        missed=hands.missed,
    )
    return outcome, crowd.told, hands.done


class Progress:
    """Says every few seconds how far it is."""

    def __init__(self, order: Order, one: Stand, tables: Tables, crowd: Crowd, hands: Hands) -> None:
        self._order, self._stand, self._tables, self._crowd, self._hands = order, one, tables, crowd, hands
        self.began = time.monotonic()

    def tell(self, *, every: float = PROGRESS_EVERY) -> None:
        """Wait a while, and write a line."""
        time.sleep(every)
        say(
            f"  {time.monotonic() - self.began:5.0f} s  accepted {len(self._crowd.told.accepted)}"
            f"  mails {len(self._stand.mails.all())}  waiting {_waiting(self._tables)}"
            f"  kills {self._hands.kills().total()}  faults {len(self._hands.done) - self._hands.kills().total()}"
        )


def say(line: str) -> None:
    """Write a line to the person who started it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _waiting(tables: Tables) -> int:
    try:
        return tables.unfinished()
    except DBAPIError:
        return -1


def _drain(progress: Progress, tables: Tables) -> float:
    """Wait until all work has its outcome; returns when that was, on the clock on the wall."""
    end = time.monotonic() + DRAIN_WITHIN
    told = time.monotonic()
    while time.monotonic() < end and _waiting(tables):
        time.sleep(0.1)
        if time.monotonic() - told > PROGRESS_EVERY:
            told = time.monotonic()
            progress.tell(every=0.0)
    return time.time()


def _audit(one: Stand) -> list[str]:
    try:
        one.installation.command("audit", "verify")
    except AssertionError as error:
        return str(error).splitlines()
    return []


def _wrong(answers: Sequence[Answer], hands: Hands) -> list[str]:
    """Answers of 5xx that nothing excuses: 503 is right while the database is away."""
    away = hands.spans("database")
    return [
        f"{one.status} to a sign-up at {time.strftime('%H:%M:%S', time.gmtime(one.began))}"
        for one in answers
        if one.status >= FAULT_OF_OURS
        and not (one.status == UNAVAILABLE and within(one.began + one.seconds, away, after=DATABASE_BACK))
    ]


def _deliveries(accepted: dict[str, float], history: History) -> list[float]:
    """Seconds from each 202 to the first mail."""
    first: dict[str, float] = {}
    for copy in history.copies:
        first[copy.recipient] = min(copy.at, first.get(copy.recipient, copy.at))
    return [max(0.0, first[address] - at) for address, at in accepted.items() if address in first] or [0.0]


def _milliseconds(answers: Sequence[Answer]) -> dict[str, float]:
    return quantiles([one.seconds * 1000 for one in answers] or [0.0])
