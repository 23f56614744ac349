import os
import signal
import time
from pathlib import Path

import pytest

from tests.demo.copies import Copy, free_ports, until
from tests.demo.programs import BUSY, SLEEPER, STUBBORN, RunCopy


@pytest.mark.slow
def test_ctrl_c_lets_a_three_second_task_finish(run_copy: RunCopy) -> None:
    copy = run_copy({"worker": BUSY})
    copy.wait_for_file("begun")

    copy.press_ctrl_c()

    assert copy.process.wait(10) == 0
    assert copy.wait_for_file("finished") == "yes"
    assert copy.is_gone()


def test_only_the_parent_of_a_group_is_asked_to_stop(run_copy: RunCopy) -> None:
    parent = """
    import os, signal, subprocess, sys
    from pathlib import Path
    folder = Path(os.environ["FOLDER"])
    child = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); print('up', flush=True)" \\
            "; time.sleep(0.5)"
    running = subprocess.Popen([sys.executable, "-c", "import sys; " + child], stdout=subprocess.PIPE)
    running.stdout.readline()
    (folder / "begun").write_text("yes\\n")
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.pause()
    (folder / "child").write_text(f"{running.wait()}\\n")
    """
    copy = run_copy({"parent": parent})
    copy.wait_for_file("begun")

    assert copy.stop() == 0

    assert copy.wait_for_file("child") == "0"


def test_what_does_not_stop_is_killed_with_its_children_when_its_patience_ends(run_copy: RunCopy) -> None:
    copy = run_copy({"stubborn": STUBBORN}, grace={"stubborn": 0.3})
    copy.wait_for_file("begun")

    assert copy.stop() == 0

    assert "stubborn did not stop within 0.3 s and is killed" in copy.printed
    assert copy.is_gone()


def test_a_second_ctrl_c_hurries_and_the_same_one_twice_does_not(run_copy: RunCopy) -> None:
    copy = run_copy({"stubborn": STUBBORN})
    copy.wait_for_file("begun")
    copy.press_ctrl_c()
    copy.wait_for_line("stopping")
    copy.press_ctrl_c()
    time.sleep(0.6)
    assert copy.process.poll() is None

    copy.press_ctrl_c()

    assert copy.process.wait(5) == 0
    assert "hurrying: what still runs is killed" in copy.printed
    assert copy.is_gone()


def test_what_a_dead_program_leaves_behind_does_not_hold_its_port(run_copy: RunCopy) -> None:
    listener = """
    import os, signal, socket, subprocess, sys
    from pathlib import Path
    listener = socket.create_server(("127.0.0.1", int(os.environ["LISTEN_AT"])))
    os.set_inheritable(listener.fileno(), True)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], close_fds=False)
    Path(os.environ["FOLDER"], "begun").write_text(f"{os.getpid()}\\n")
    signal.pause()
    """
    copy = run_copy({"listener": listener}, pace={"first_wait": 0.05}, LISTEN_AT=free_ports()["PORT"])
    first = copy.wait_for_file("begun")

    os.kill(int(first), signal.SIGKILL)

    assert until(lambda: copy.wait_for_file("begun") != first)


def test_a_killed_supervisor_leaves_nothing_behind(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER, "stubborn": STUBBORN}, grace={"stubborn": 0.3})
    copy.wait_for_file("begun")
    copy.wait_for_file("sleeper.pid")
    assert len(copy.left_running()) > 2

    copy.stop(signal.SIGKILL)

    until(copy.is_gone)


def test_after_a_kill_the_next_start_waits_for_the_leftovers(run_copy: RunCopy) -> None:
    ports = free_ports()
    copy = run_copy({"stubborn": STUBBORN}, grace={"stubborn": 0.5}, **ports)
    copy.wait_for_file("begun")
    copy.stop(signal.SIGKILL)

    again = run_copy({"sleeper": SLEEPER}, **ports)

    again.wait_for_line("waiting for the processes of a killed copy to stop")
    again.wait_for_file("sleeper.pid")
    assert not [line for line in again.left_running() if "stubborn" in line]


def test_a_guardian_that_dies_is_replaced(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER})
    copy.wait_for_file("sleeper.pid")
    guardian = next(pid for pid in pids_of(copy) if b"guardian.py" in cmdline(pid))
    os.kill(guardian, signal.SIGKILL)
    until(lambda: [pid for pid in pids_of(copy) if b"guardian.py" in cmdline(pid) and pid != guardian])

    copy.stop(signal.SIGKILL)

    until(copy.is_gone)


def pids_of(copy: Copy) -> list[int]:
    children = Path(f"/proc/{copy.process.pid}/task/{copy.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
