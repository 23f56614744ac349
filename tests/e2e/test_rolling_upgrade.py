"""While an upgrade runs, processes of two releases share tables and queues: nothing is lost, nobody crashes."""

import io
import subprocess
import tarfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shared.models import Email, OutboxRow
from shared.sockets import socket_path
from tests.e2e.api import Client, joined
from tests.e2e.hosts import Host, host, lines_of
from tests.e2e.installation import ROOT, Installation, free_ports
from tests.e2e.ledger import Ledger
from tests.e2e.test_role_walk_api import FLANDERS, decide_by_mail

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
RELEASE_BEFORE = "94df299"
SIGN_UPS = 30
EVERYBODY = frozenset({"web", "relay", "worker", "beat"})
MIXES = {
    "new gateway, the rest old": {"web"},
    "old gateway, the rest new": {"relay", "worker", "beat"},
    "new worker, the rest old": {"worker"},
    "old worker, the rest new": {"web", "relay", "beat"},
}
"""What is of this release already; it is restarted in any order."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release before, as it was."""
    archive = subprocess.run(["git", "archive", RELEASE_BEFORE], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history here does not reach back to {RELEASE_BEFORE}: {archive.stderr.decode().strip()}")
    folder = Path(tmp_path_factory.mktemp("old"))
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


class Pair(Installation):
    """Two hosts as one installation: the gateway of either, the inbox and the command line of the new one."""

    def __init__(self, new: Host, before: Host, *, web: str) -> None:
        super().__init__(new.var_dir, new.variables)
        self.web = web
        self.name = f"release-{uuid.uuid4().hex[:8]}"
        self.hosts = (new, before)

    def words_of_trouble(self) -> list[str]:
        """Lines in which a process ended, or said that something went wrong.

        A beat that is ahead asks for chores that the worker does not know yet: it says so, and nothing else happens.
        """
        lines = [line for one in self.hosts for line in Path(one.said.name).read_text().splitlines()]
        lines = [line for line in lines if "Received unregistered task of type 'housekeeping." not in line]
        return [
            line for line in lines if "ended (exit code" in line or '"level": "ERROR"' in line or "Traceback" in line
        ]


@contextmanager
def side_by_side(folder: Path, old: Path, *, is_new: set[str], backend: dict[str, str]) -> Iterator[Pair]:
    """Run some programs of this release and some of the one before; the schema is this one's."""
    (port,) = free_ports(1)
    web = f"http://127.0.0.1:{port}"
    var_dir = folder / "new" / "var"
    shared = {
        "DATABASE_URL": f"sqlite+pysqlite:///{var_dir}/gatehouse.sqlite3",
        "SECRET_KEYS": "a-key-that-both-releases-of-this-test-know-01",
        "PUBLIC_URL": web,
        **backend,
    }
    gateway = {"PORT": str(port)}
    chosen = {name: line for name, line in lines_of().items() if name in is_new}
    with host(folder / "new", chosen, **shared, **(gateway if "web" in is_new else {})) as new:
        near = {"BROKER_URL": f"redis+socket://{socket_path(new.var_dir, 'broker')}"} | shared
        near |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": new.variables["SMTP_PORT"]}
        near |= {} if "web" in is_new else gateway
        chosen = {name: line for name, line in lines_of(old).items() if name in EVERYBODY - is_new}
        with host(folder / "old", chosen, root=old, installs=False, **near) as before:
            yield Pair(new, before, web=web)


@pytest.fixture(scope="module", params=MIXES)
def running(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    old: Path,
    backend: dict[str, str],
) -> Iterator[Pair]:
    folder = Path(tmp_path_factory.mktemp("rolling"))
    with side_by_side(folder, old, is_new=MIXES[request.param], backend=backend) as pair:
        yield pair


@pytest.fixture
def ledger(running: Pair) -> Iterator[Ledger]:
    one = Ledger(running)
    yield one
    one.close()


def test_people_sign_up_and_a_request_is_decided_though_two_releases_share_the_work(running: Pair, ledger: Ledger):
    client = Client(running.web)
    before = {row.id for row in ledger.rows(Email)}
    people = [f"person-{number}@{running.name}.example" for number in range(SIGN_UPS)]
    answers = Counter(client.sign_up(person).status_code for person in people)
    client.leave()
    ann = joined(running, f"ann@{running.name}.example")
    (post,) = ann.http.get("/production/operators", params={"country": "BE", "name": "Colzagro"}).json()["items"]
    sent = ann.http.post("/production/role-requests", json={"post_ids": [post["post_id"]]}).json()
    decided = decide_by_mail(running, FLANDERS, sent["id"])
    running.wait_for_mail(f"ann@{running.name}.example", template="outcome")
    profile = ann.http.get("/profile").json()["environments"]
    ann.leave()
    ledger.wait_until_settled()

    came = Counter(mail["headers"]["Message-ID"] for mail in httpx.get(f"{running.inbox}/api/mails").json())
    rows = [row for row in ledger.rows(Email, Email.is_canary.is_(False)) if row.id not in before]
    assert answers == {202: SIGN_UPS}
    assert {item["status"] for item in decided["items"]} == {"accepted"}
    assert profile["production"]["memberships"][0]["status"] == "valid"
    assert {row.state for row in rows} <= {"sent", "obsolete"}
    ids = {f"<{row.id}@gatehouse.example>" for row in rows if row.state == "sent"}
    assert {message_id: came[message_id] for message_id in ids} == dict.fromkeys(ids, 1)
    assert {row.outcome for row in ledger.rows(OutboxRow)} <= {"done", "obsolete"}
    assert "0 problems" in running.command("audit", "verify")
    assert running.words_of_trouble() == []
