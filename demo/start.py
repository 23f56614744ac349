"""The one command: from a checkout to a line that says ``ready``, and back to nothing left running."""

import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from demo import readiness
from demo.child import Pace
from demo.environment import PORTS, Installation, StartRefusedError, flower_auth, read_installation
from demo.lock import take_lock
from demo.output import Output
from demo.programs import INSTALL, plan
from demo.supervisor import Supervisor


def start(
    root: Path,
    environ: Mapping[str, str],
    *,
    procfile: Path | None = None,
    install: tuple[str, ...] = INSTALL,
    pace: Pace | None = None,
) -> int:
    """Start everything of the checkout ``root``, keep it running, and return the exit code.

    0 after SIGINT or SIGTERM; 1 when a program could not be kept alive; 2 when the start was refused, with one line
    that says why. ``procfile`` defaults to the checkout's; ``install`` is the step that must succeed before.
    """
    output = Output(sys.stdout.fileno(), environ)
    try:
        installation = read_installation(root, environ)
        installation.var_dir.parent.mkdir(parents=True, exist_ok=True)
        installation.var_dir.mkdir(mode=0o700, exist_ok=True)  # people's addresses and the keys lie here
        installation.run_dir.mkdir(mode=0o700, exist_ok=True)
        lock = take_lock(installation.run_dir / "lock", say=output.say)
        _refuse_taken_ports(installation)
        programs = plan(installation, procfile or root / "Procfile", install=install)
    except (StartRefusedError, OSError) as error:
        output.close()
        sys.stderr.write(f"gatehouse: {error}\n")
        return 2
    supervisor = Supervisor(programs, pace=pace or Pace(), output=output, lock=lock)
    stopped = threading.Event()
    checks = {program.name: program.is_ready for program in programs if program.is_ready}

    def tell() -> None:
        for line in _addresses(installation, [program.name for program in programs]):
            output.say(line)
        output.say("ready")

    def ask() -> None:
        readiness.wait_for(
            checks, stop=stopped, on_ready=tell, on_wait=lambda names: output.say(f"still waiting for: {names}")
        )

    code = supervisor.run(on_start=ask, on_stop=stopped.set)
    output.say("stopped, nothing is left running")
    output.close()
    return code


def _addresses(installation: Installation, names: list[str]) -> list[str]:
    lines = []
    if "web" in names:
        lines.append(f"gateway  {installation.public_url}/")
    if "inbox" in names:
        lines.append(f"inbox    {installation.url('INBOX_PORT')}/  every mail that was sent; none leaves this machine")
    if "flower" in names:
        user, _, password = flower_auth(installation).partition(":")
        known = installation.variables.get("FLOWER_BASIC_AUTH")
        how = "password: the one in FLOWER_BASIC_AUTH" if known else f"password: {password}"
        lines.append(f"flower   {installation.url('FLOWER_PORT')}/  user: {user}, {how}")
    if "metrics" in names:
        lines.append(f"metrics  {installation.url('METRICS_PORT')}/metrics  figures for Prometheus")
    return lines


def _refuse_taken_ports(installation: Installation) -> None:
    sink_only = set() if installation.has_inbox else {"INBOX_PORT", "SMTP_PORT"}
    taken = [
        f"{name}: {installation.ports[name]} is taken on {installation.bind}"
        for name in PORTS
        if name not in sink_only and not _is_free(installation.bind, installation.ports[name])
    ]
    twice = len(set(installation.ports.values())) < len(installation.ports)
    if twice:
        taken.append("two of the ports are the same: " + ", ".join(f"{k}={v}" for k, v in installation.ports.items()))
    if taken:
        raise StartRefusedError("; ".join(taken) + "; set other numbers")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        # As servers do: a connection that lingers in TIME_WAIT does not occupy the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True
