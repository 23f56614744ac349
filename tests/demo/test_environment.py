import re
from pathlib import Path

import pytest

from demo.environment import PORTS, StartRefusedError, flower_auth, read_env_file, read_installation
from demo.programs import plan
from tests.demo.copies import CHECKOUT


def test_everything_has_a_default_and_state_lies_in_var(tmp_path: Path) -> None:
    installation = read_installation(tmp_path, {})

    assert installation.var_dir == tmp_path / "var"
    assert installation.bind == "127.0.0.1"
    assert installation.ports == PORTS
    assert installation.public_url == "http://127.0.0.1:8000"
    assert installation.has_embedded_broker
    assert installation.has_inbox


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# ports\nPORT=9001\nexport FLOWER_PORT = '9002'\n\nBROKER_URL=\nMAIL_SERVER=\"mail.example\"\nX=a=b\n"
    )

    installation = read_installation(tmp_path, {"PORT": "9003"})

    assert installation.ports["PORT"] == 9003
    assert installation.ports["FLOWER_PORT"] == 9002
    assert installation.has_embedded_broker
    assert not installation.has_inbox
    assert installation.variables["X"] == "a=b"


def test_a_line_of_the_file_without_a_value_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# first\nPORT 9001\n")

    with pytest.raises(StartRefusedError, match=r"^\.env, line 2: expected NAME=value$"):
        read_env_file(tmp_path / ".env")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.0"])
def test_a_port_that_is_none_is_named(port: str, tmp_path: Path) -> None:
    with pytest.raises(StartRefusedError, match=rf"^INBOX_PORT: {re.escape(port)} is not a port"):
        read_installation(tmp_path, {"INBOX_PORT": port})


@pytest.mark.parametrize("name", ["50%", "a?b", "a#b", "a;b"])
def test_a_folder_that_cannot_be_part_of_a_url_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(StartRefusedError, match=r"^VAR_DIR: "):
        read_installation(tmp_path, {"VAR_DIR": name})


@pytest.mark.parametrize(
    ("bind", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("192.0.2.1", "http://192.0.2.1:8000")],
)
def test_a_listener_on_every_address_is_reached_at_the_near_one(bind: str, url: str, tmp_path: Path) -> None:
    assert read_installation(tmp_path, {"BIND": bind}).url("PORT") == url


@pytest.mark.req("S47")
def test_flower_gets_a_password_once_and_keeps_it_private(tmp_path: Path) -> None:
    installation = read_installation(tmp_path, {})
    installation.var_dir.mkdir()

    made = flower_auth(installation)

    assert re.fullmatch(r"gatehouse:[\w-]{24}", made)
    assert flower_auth(installation) == made
    assert (installation.var_dir / "flower-auth").stat().st_mode & 0o777 == 0o600


@pytest.mark.req("S47")
def test_production_makes_no_password_for_flower_and_does_not_start_without_one(tmp_path: Path) -> None:
    given = {"DEPLOYMENT": "production", "BROKER_URL": "redis://:x@broker.example", "MAIL_SERVER": "mail.example"}

    with pytest.raises(StartRefusedError, match=r"^FLOWER_BASIC_AUTH: is missing"):
        plan(read_installation(tmp_path, given), CHECKOUT / "Procfile")


def test_each_program_is_told_only_what_concerns_it(tmp_path: Path) -> None:
    installation = read_installation(tmp_path, {"PATH": "/usr/bin"})
    installation.var_dir.mkdir()

    programs = {program.name: program for program in plan(installation, CHECKOUT / "Procfile")}

    assert list(programs) == ["install", "broker", "inbox", "web", "relay", "worker", "beat", "flower", "metrics"]
    url = f"redis+socket://{installation.var_dir}/broker.sock"
    assert {name: program.variables.get("BROKER_URL") for name, program in programs.items()} == {
        "install": None,
        "broker": None,
        **dict.fromkeys(["inbox", "web", "relay", "worker", "beat", "flower", "metrics"], url),
    }
    assert {name for name, program in programs.items() if "FLOWER_BASIC_AUTH" in program.variables} == {"flower"}
    assert {name: program.variables["READY_FILE"] for name, program in programs.items() if program.ready_file} == {
        name: f"{installation.var_dir}/run/{name}.ready" for name in ("relay", "worker", "beat")
    }
    assert {name: program.grace for name, program in programs.items() if program.grace != 10} == {"worker": 30}
