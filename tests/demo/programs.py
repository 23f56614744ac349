"""Programs for the supervisor to run."""

from collections.abc import Callable

from tests.demo.copies import Copy

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
