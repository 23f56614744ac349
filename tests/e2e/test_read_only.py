"""What the image promises, kept without an engine: a numbered user, nothing writable but VAR_DIR and /tmp."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import Client
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SHUT_IN = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /tmp
if [ -n "$CLOSED" ]; then
  mkdir /tmp/python && mount --bind "$PYTHON_HOME" /tmp/python
  mount -t tmpfs -o mode=0755 tmpfs "$CLOSED"
  mkdir -p "$PYTHON_HOME" && mount --bind /tmp/python "$PYTHON_HOME"
fi
mkdir -p "$VAR_DIR" && chown 10001:10001 "$VAR_DIR"
mount -o remount,ro,bind /
exec setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set -all --inh-caps -all --no-new-privs "$@"
"""
"""A file system of its own view: the world read-only, /tmp new and gone at the end. Where Python lives in a folder that
is closed to other users, such as root's own, nothing but Python is left of that folder."""
PREFIX = ("unshare", "--mount", "sh", "-c", SHUT_IN, "sh")


class ShutIn(Installation):
    """An installation that can write to VAR_DIR and /tmp only."""

    words = (*PREFIX, *Installation.words)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **where_python_lives()}


def where_python_lives() -> dict[str, str]:
    home = Path(sys.base_prefix)
    closed = [folder for folder in home.parents if not folder.stat().st_mode & stat.S_IXOTH]
    return {"PYTHON_HOME": str(home), "CLOSED": str(closed[-1]) if closed else ""}


def is_possible() -> bool:
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    ask = "import os; raise SystemExit(os.access('.', os.W_OK) or os.getuid() != 10001)"
    child = f"import subprocess, sys; raise SystemExit(subprocess.call([sys.executable, '-c', {ask!r}]))"
    variables = {**os.environ, "VAR_DIR": "/tmp/ask", **where_python_lives()}
    return subprocess.run([*PREFIX, sys.executable, "-c", child], env=variables, check=False).returncode == 0


@pytest.fixture(scope="module")
def shut_in(tmp_path_factory: pytest.TempPathFactory):
    if not is_possible():
        pytest.skip("needs root, unshare and setpriv, and a Python that every user may read")
    with installation(Path(tmp_path_factory.mktemp("read-only")), make=ShutIn) as one:
        yield one


@pytest.mark.req("S49")
def test_everything_runs_as_a_numbered_user_on_a_file_system_it_cannot_write_to(shut_in: Installation):
    client = Client(shut_in.web)
    client.sign_up("ann@alpro.example")
    token = link_in(shut_in.wait_for_mail("ann@alpro.example", template="password")).rpartition("/")[2]

    assert client.set_password(token).status_code == 204
    client.leave()
    assert shut_in.supervisor is not None
    users = {process.uids().real for process in shut_in.processes("python")}
    assert users == {10001}
    log = Path(shut_in.log.name).read_text()
    assert "Read-only file system" not in log
    assert "Permission denied" not in log


@pytest.mark.req("S49")
def test_an_error_shows_no_debugging_page(shut_in: Installation):
    answer = httpx.get(f"{shut_in.web}/console")

    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "werkzeug" not in answer.text.casefold()
