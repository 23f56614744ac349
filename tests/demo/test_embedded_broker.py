import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import kombu
import pytest
import redis

from demo import broker
from demo.environment import StartRefusedError, read_installation
from shared.sockets import LONGEST_SOCKET_PATH, socket_path
from tests.demo.copies import Copy, until

RunCopy = Callable[..., Copy]

# Says where the broker is, and that it is up.
CLIENT = """
import os, signal
from pathlib import Path
Path(os.environ["FOLDER"], "broker").write_text(os.environ["BROKER_URL"] + "\\n")
signal.pause()
"""


@pytest.fixture
def client() -> Iterator[Callable[[Copy], redis.Redis]]:
    clients: list[redis.Redis] = []

    def connect(copy: Copy) -> redis.Redis:
        url = copy.wait_for_file("broker")
        clients.append(redis.Redis(unix_socket_path=url.removeprefix("redis+socket://")))
        return clients[-1]

    yield connect
    for found in clients:
        found.close()


def test_a_killed_broker_is_back_on_the_same_socket_with_its_data(
    run_copy: RunCopy, client: Callable[[Copy], redis.Redis]
) -> None:
    copy = run_copy({"client": CLIENT}, BROKER_URL="")
    connection = client(copy)
    for number in range(500):
        connection.rpush("mail.urgent", number)
    before = connection.info("server")["process_id"]

    os.kill(before, signal.SIGKILL)

    copy.wait_for_line("broker ended (exit code -9)")
    path = Path(copy.wait_for_file("broker").removeprefix("redis+socket://"))
    until(lambda: broker.answers_ping(path))
    assert connection.llen("mail.urgent") == 500
    assert connection.info("server")["process_id"] != before


def test_the_broker_keeps_its_data_over_a_restart_of_everything(
    run_copy: RunCopy, client: Callable[[Copy], redis.Redis]
) -> None:
    copy = run_copy({"client": CLIENT}, BROKER_URL="")
    client(copy).set("kept", "yes")
    assert copy.stop() == 0

    again = run_copy({"client": CLIENT}, BROKER_URL="")

    again.wait_for_line("ready")
    assert client(again).get("kept") == b"yes"


def test_the_broker_opens_no_port_and_never_forgets_to_make_room(
    run_copy: RunCopy, client: Callable[[Copy], redis.Redis]
) -> None:
    copy = run_copy({"client": CLIENT}, BROKER_URL="")

    settings = client(copy).config_get("*")

    assert settings["port"] == "0"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["dir"] == str(copy.var_dir / "broker")
    assert (copy.var_dir / "broker.sock").stat().st_mode & 0o777 == 0o700


def test_the_broker_answers_until_the_last_program_has_stopped(run_copy: RunCopy) -> None:
    worker = """
    import os, signal, socket, time
    from pathlib import Path
    folder = Path(os.environ["FOLDER"])
    signal.signal(signal.SIGTERM, lambda *_: None)
    (folder / "begun").write_text("yes\\n")
    signal.pause()
    time.sleep(0.5)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["BROKER_URL"].removeprefix("redis+socket://"))
        connection.sendall(b"PING\\r\\n")
        (folder / "answer").write_bytes(connection.recv(7))
    """
    copy = run_copy({"worker": worker}, BROKER_URL="")
    copy.wait_for_file("begun")

    assert copy.stop() == 0

    assert copy.wait_for_file("answer") == "+PONG"
    assert copy.is_gone()


def test_celery_reaches_the_broker_by_the_url_the_programs_get(run_copy: RunCopy) -> None:
    copy = run_copy({"client": CLIENT}, BROKER_URL="")
    url = copy.wait_for_file("broker")

    with kombu.Connection(url) as connection, closing(connection.SimpleQueue("mail.urgent")) as mails:
        mails.put({"ids": [1]})
        found = mails.get(timeout=5)

    assert found.payload == {"ids": [1]}


def test_a_broker_from_outside_is_used_when_one_is_named(run_copy: RunCopy) -> None:
    copy = run_copy({"client": CLIENT}, BROKER_URL="redis://broker.example:6379/0")

    assert copy.wait_for_file("broker") == "redis://broker.example:6379/0"
    assert not (copy.var_dir / "broker").exists()


def test_a_folder_too_deep_for_a_socket_gets_one_in_a_private_folder(
    run_copy: RunCopy, client: Callable[[Copy], redis.Redis]
) -> None:
    copy = run_copy({"client": CLIENT}, name="deep/" * 25 + "copy", BROKER_URL="")

    assert client(copy).ping()

    path = Path(copy.wait_for_file("broker").removeprefix("redis+socket://"))
    assert len(bytes(path)) <= LONGEST_SOCKET_PATH
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert copy.stop() == 0
    shutil.rmtree(path.parent)


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    installation = read_installation(tmp_path, {"VAR_DIR": "deep/" * 25 + "var"})
    folder = socket_path(installation.var_dir, "broker").parent
    folder.chmod(0o755)

    with pytest.raises(StartRefusedError, match="is not a private folder of ours"):
        broker.broker_socket(installation)

    folder.rmdir()


def test_a_server_on_the_path_stands_in_for_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = broker.find_server()
    (tmp_path / "redis-server").symlink_to(packaged)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker, "find_spec", lambda _name: None)

    assert broker.find_server() == tmp_path / "redis-server"


def test_a_machine_without_any_server_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker, "find_spec", lambda _name: None)

    with pytest.raises(StartRefusedError, match="install one, or set BROKER_URL"):
        broker.find_server()
