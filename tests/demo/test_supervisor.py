import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.demo.copies import until
from tests.demo.programs import SLEEPER, RunCopy


def test_what_dies_is_started_again_after_half_a_second(run_copy: RunCopy) -> None:
    copy = run_copy({"sleeper": SLEEPER})
    first = copy.wait_for_file("sleeper.pid")
    killed_at = time.monotonic()

    os.kill(int(first), signal.SIGKILL)

    second = until(lambda: pid if (pid := copy.wait_for_file("sleeper.pid")) != first else "")
    assert time.monotonic() - killed_at >= 0.5
    assert "sleeper ended (exit code -9), starting it again in 0.5 s" in copy.printed
    os.kill(int(second), 0)


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
