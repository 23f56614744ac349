"""What the environment says: where this copy keeps its state, and where it listens."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PORTS = {"PORT": 8000, "FLOWER_PORT": 5555, "METRICS_PORT": 9100, "INBOX_PORT": 8025, "SMTP_PORT": 1025}
HIGHEST_PORT = 65535
UNFIT_FOR_A_URL = frozenset("%?#;")
"""BROKER_URL is made from VAR_DIR, and Celery splits it at a semicolon."""


class StartRefusedError(Exception):
    """The start cannot work; the message is one line for the person at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One copy of the product on this machine.

    ``variables`` is the whole environment, with the settings below filled in; ``ports`` is keyed by setting.
    """

    root: Path
    var_dir: Path
    bind: str
    ports: Mapping[str, int]
    variables: Mapping[str, str]

    @property
    def run_dir(self) -> Path:
        """Where ready files and the lock lie."""
        return self.var_dir / "run"

    @property
    def has_embedded_broker(self) -> bool:
        """True unless BROKER_URL names a broker."""
        return not self.variables.get("BROKER_URL")

    @property
    def has_inbox(self) -> bool:
        """True unless MAIL_SERVER names a mail server."""
        return not self.variables.get("MAIL_SERVER")

    @property
    def is_demo(self) -> bool:
        """True unless DEPLOYMENT says otherwise."""
        return self.variables.get("DEPLOYMENT", "demo") == "demo"

    @property
    def near_host(self) -> str:
        """The address at which a process of this machine reaches what listens on BIND."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104 (compared, not bound)

    @property
    def public_url(self) -> str:
        """The gateway's address for people, without a slash at its end."""
        return (self.variables.get("PUBLIC_URL") or self.url("PORT")).rstrip("/")

    @property
    def public_host(self) -> str:
        """Host and port of the gateway, as a browser sends them; the gateway answers to no other."""
        return urlsplit(self.public_url).netloc

    def url(self, setting: str) -> str:
        """Return the local web address of the listener whose port is ``setting``, without a slash at its end."""
        host = f"[{self.near_host}]" if ":" in self.near_host else self.near_host
        return f"http://{host}:{self.ports[setting]}"


def read_installation(root: Path, environ: Mapping[str, str]) -> Installation:
    """Put together ``environ`` and the file ``.env`` in ``root``; what is already in ``environ`` wins.

    An empty value in the file counts as not given. VAR_DIR, when relative, is relative to ``root``.

    Raises:
        StartRefusedError: a port is no port, VAR_DIR cannot be part of a URL, or a line of the file has no ``=``.
    """
    variables = {**read_env_file(root / ".env"), **environ}
    var_dir = (root / (variables.get("VAR_DIR") or "var")).resolve()
    if UNFIT_FOR_A_URL & set(str(var_dir)):
        raise StartRefusedError(
            f"VAR_DIR: {var_dir} may hold none of the characters {' '.join(sorted(UNFIT_FOR_A_URL))}"
        )
    ports = {name: _port(name, variables.get(name) or str(default)) for name, default in PORTS.items()}
    bind = variables.get("BIND") or "127.0.0.1"
    variables |= {name: str(port) for name, port in ports.items()}
    variables |= {"VAR_DIR": str(var_dir), "BIND": bind}
    return Installation(root=root, var_dir=var_dir, bind=bind, ports=ports, variables=variables)


def read_env_file(path: Path) -> dict[str, str]:
    """Read ``NAME=value`` lines; comments and empty lines are skipped, one pair of quotes is taken off.

    A file that is not there holds nothing; so does a name with an empty value.

    Raises:
        StartRefusedError: a line has no ``=``.
    """
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals:
            raise StartRefusedError(f"{path.name}, line {number}: expected NAME=value")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        if value:
            found[name.strip()] = value
    return found


def flower_auth(installation: Installation) -> str:
    """Return Flower's ``user:password``: FLOWER_BASIC_AUTH, or a pair made once in VAR_DIR and kept private (S47).

    Raises:
        StartRefusedError: production names none; only a demonstration gets one made.
    """
    given = installation.variables.get("FLOWER_BASIC_AUTH")
    if given:
        return given
    if not installation.is_demo:
        raise StartRefusedError("FLOWER_BASIC_AUTH: is missing; production needs it as user:password")
    path = installation.var_dir / "flower-auth"
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if kept:
        return kept
    made = f"gatehouse:{secrets.token_urlsafe(18)}"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(made + "\n")
    return made


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        raise StartRefusedError(f"{name}: {text} is not a port; give a number from 1 to {HIGHEST_PORT}")
    return int(text)
