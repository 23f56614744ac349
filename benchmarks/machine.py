"""Where the figures come from."""

import os
import platform
from importlib.metadata import version

from benchmarks.servers import Servers

PACKAGES = ("flask", "sqlalchemy", "celery", "granian", "gunicorn", "flask-mail", "psycopg")


def describe(servers: Servers | None) -> str:
    """Cores, versions and the load of the machine now."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    others = f", {servers.versions()}" if servers else ""
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, {packages}{others}\nload average at the start: {load}"
    )
