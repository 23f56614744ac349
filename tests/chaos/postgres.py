"""A PostgreSQL of our own, to be restarted at once."""

import contextlib
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.chaos.servers import CannotRun, Server, as_user


class OwnPostgres(Server):
    """A PostgreSQL cluster, made anew."""

    user = "postgres"
    folders = tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)))

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._bin = self._find()
        self._run("initdb", "--pgdata", str(folder / "data"), "--auth", "trust", "--username", "postgres", "-E", "UTF8")

    def words(self) -> list[str]:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder}
        return [
            str(self._bin / "postgres"),
            "-D",
            str(self.folder / "data"),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ]

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.Error), self._connect():
            return True
        return False

    def create(self, name: str) -> None:
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")

    def restart_at_once(self) -> None:
        """Stop without ceremony (immediate mode), as after a power cut, and start again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
        self._wait()
        self.start()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=3
        )

    def _run(self, program: str, *words: str) -> None:
        command = [*as_user(self._user), str(self._bin / program), *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise CannotRun(f"{program}: {done.stderr.strip()}")

    def _find(self) -> Path:
        on_path = shutil.which("initdb")
        if on_path:
            return Path(on_path).resolve().parent
        if not self.folders:
            raise CannotRun("PostgreSQL is not installed")
        return self.folders[-1]
