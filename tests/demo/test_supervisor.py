import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.child import Child, Pace, Program
from tests.demo.copies import Copy, free_ports, until

RunCopy = Callable[..., Copy]

# Writes its process id, then waits for a signal.
SLEEPER = """
import os, signal, sys
from pathlib import Path
me = Path(os.environ["FOLDER"], Path(sys.argv[0]).stem + ".pid")
me.write_text(f"{os.getpid()}\\n")
signal.pause()
"""
# Takes three seconds over the task in hand, however it is asked to stop.
BUSY = """
import os, signal, time
from pathlib import Path
folder = Path(os.environ["FOLDER"])
signal.signal(signal.SIGTERM, lambda *_: None)
(folder / "begun").write_text("yes\\n")
end = time.monotonic() + 3
while time.monotonic() < end:
    time.sleep(max(0, end - time.monotonic()))
(folder / "finished").write_text("yes\\n")
"""
# Does not listen to SIGTERM, and neither does its child.
STUBBORN = """
import os, signal, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import signal, time; time.sleep(600)"])
Path(os.environ["FOLDER"], "begun").write_text("yes\\n")
while True:
    time.sleep(600)
"""


def test_what_dies_is_started_again_after_half_a_second(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER})
    first = copy.wait_for_file("sleeper.pid")
    killed_at = time.monotonic()

    os.kill(int(first), signal.SIGKILL)

    second = until(lambda: pid if (pid := copy.wait_for_file("sleeper.pid")) != first else "")
    assert time.monotonic() - killed_at >= 0.5
    assert "sleeper ended (exit code -9), starting it again in 0.5 s" in copy.printed
    os.kill(int(second), 0)


def child_of_a_sleeper() -> Child:
    return Child(Program(name="sleeper", words=(), variables={}, folder=Path()), Pace())


def test_the_wait_doubles_up_to_ten_seconds() -> None:
    child = child_of_a_sleeper()

    child._started = 1_000.0

    assert [child.plan_restart(now=1_000.0 + death) for death in range(7)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_program_that_lived_thirty_seconds_has_a_clean_slate() -> None:
    child = child_of_a_sleeper()
    child._started = 1_000.0
    for death in range(4):
        child.plan_restart(now=1_000.0 + death)
    child._started = 2_000.0

    assert child.plan_restart(now=2_029.9) == 8
    child._started = 3_000.0
    assert child.plan_restart(now=3_030.0) == 0.5


def test_ten_deaths_within_a_minute_are_too_many_and_nine_are_not() -> None:
    child = child_of_a_sleeper()

    assert None not in [child.plan_restart(now=float(death)) for death in range(9)]
    assert child.plan_restart(now=61.0) is not None
    assert child.plan_restart(now=60.9) is None


def test_a_program_that_cannot_live_stops_everything_with_one_line(run_copy: RunCopy) -> None:
    copy = run_copy(
        {"sleeper": SLEEPER, "broken": "raise SystemExit(3)\n"}, pace={"first_wait": 0.01, "longest_wait": 0.02}
    )

    assert copy.process.wait(20) == 1
    assert [line for line in copy.printed if "keeps ending" in line] == [
        "broken keeps ending (exit code 3): too many times within a minute, everything is stopped"
    ]
    assert copy.is_gone()


def test_a_program_that_is_not_there_is_named(run_copy: RunCopy) -> None:
    copy = run_copy({"lost": "no-such-program --at all"}, pace={"first_wait": 0.01, "longest_wait": 0.02})

    assert copy.process.wait(20) == 1
    assert any("no-such-program: not found" in line for line in copy.printed)


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


def test_a_second_start_on_the_same_folder_is_refused_with_one_line(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER})
    copy.wait_for_file("sleeper.pid")
    second = run_copy({"sleeper": SLEEPER}, name="second", VAR_DIR=str(copy.var_dir))

    assert second.process.wait(10) == 2

    line = (
        f"gatehouse: VAR_DIR: {copy.var_dir} is in use by process {copy.process.pid}; stop that, or give this one "
        "another VAR_DIR and other ports"
    )
    assert second.printed == [line]
    assert copy.process.poll() is None


def test_two_copies_run_side_by_side(run_copy: RunCopy) -> None:
    copies = [run_copy({"sleeper": SLEEPER}, name=name) for name in ("left", "right")]
    for copy in copies:
        copy.wait_for_line("ready")

    assert copies[0].stop() == 0

    assert copies[0].is_gone()
    assert copies[1].process.poll() is None
    assert copies[1].stop() == 0


def test_a_taken_port_is_named_before_anything_starts(run_copy: RunCopy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        copy = run_copy({"sleeper": SLEEPER}, PORT=str(taken))

        assert copy.process.wait(10) == 2
    assert copy.printed == [f"gatehouse: PORT: {taken} is taken on 127.0.0.1; set other numbers"]


def test_ready_is_said_alone_on_its_line_once_everybody_is_up(run_copy: RunCopy, tmp_path: Path) -> None:
    slow = """
    import os, signal, time
    from pathlib import Path
    time.sleep(0.5)
    Path(os.environ["FOLDER"], "up").write_text(f"{time.time()}\\n")
    Path(os.environ["READY_FILE"]).touch()
    signal.pause()
    """
    stale = tmp_path / "copy" / "var" / "run" / "relay.ready"
    stale.parent.mkdir(parents=True)
    stale.touch()

    copy = run_copy({"relay": slow, "sleeper": SLEEPER})

    copy.wait_for_line("ready")

    assert copy.printed[-1] == "ready"
    assert (copy.folder / "up").exists()


def test_a_step_that_fails_starts_nothing(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER}, install="raise SystemExit('PORT: 0 is not a port')\n")

    assert copy.process.wait(10) == 1

    assert copy.printed == [
        "install | PORT: 0 is not a port",
        "install failed with exit code 1; nothing was started",
        "stopped, nothing is left running",
    ]
    assert not (copy.folder / "sleeper.pid").exists()


def test_the_product_starts_when_the_step_has_succeeded(run_copy: RunCopy) -> None:
    step = """
    import os, time
    from pathlib import Path
    time.sleep(0.3)
    Path(os.environ["FOLDER"], "installed").write_text("yes\\n")
    """
    reader = """
    import os, signal
    from pathlib import Path
    folder = Path(os.environ["FOLDER"])
    (folder / "found").write_text(f"{(folder / 'installed').exists()}\\n")
    signal.pause()
    """

    copy = run_copy({"reader": reader}, install=step)

    assert copy.wait_for_file("found") == "True"


@pytest.mark.slow
def test_a_reader_who_stopped_reading_does_not_stop_the_product(run_copy: RunCopy) -> None:
    talker = """
    import os, signal
    from pathlib import Path
    for _ in range(100_000):
        print("x" * 80)
    Path(os.environ["FOLDER"], "said").write_text("all\\n")
    signal.pause()
    """
    copy = run_copy({"talker": talker}, is_read=False)

    assert copy.wait_for_file("said") == "all"
    assert copy.stop() == 0
