from pathlib import Path

import pytest

from demo.environment import StartRefusedError
from demo.procfile import read_procfile
from tests.demo.copies import CHECKOUT


def written(folder: Path, text: str) -> Path:
    path = folder / "Procfile"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("web --port $PORT", ("web", "--port", "8000")),
        ("web --port ${PORT}", ("web", "--port", "8000")),
        ("web --port=${PORT:-1}", ("web", "--port=8000")),
        ("web --workers ${WORKERS:-2}", ("web", "--workers", "2")),
        ("web ${EMPTY:-filled}", ("web", "filled")),
        ("web --schedule $VAR_DIR/beat", ("web", "--schedule", "/var/with space/beat")),
        ("web 'two words' $UNKNOWN", ("web", "two words", "")),
    ],
)
def test_variables_are_expanded_as_a_shell_does_but_never_split(
    command: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    variables = {"PORT": "8000", "EMPTY": "", "VAR_DIR": "/var/with space"}

    assert read_procfile(written(tmp_path, f"# a comment\n\nweb: {command}\n"), variables) == {"web": words}


@pytest.mark.parametrize("text", ["web", "web:", "two words: x", "web: 'open", "web: a\nweb: b"])
def test_a_line_that_cannot_be_read_is_named(text: str, tmp_path: Path) -> None:
    with pytest.raises(StartRefusedError, match=r"^Procfile, line [12]: "):
        read_procfile(written(tmp_path, text), {})


def test_the_procfile_of_the_product_binds_to_one_address() -> None:
    found = read_procfile(CHECKOUT / "Procfile", {"BIND": "192.0.2.1", "PORT": "8001"})

    assert list(found) == ["web", "relay", "worker", "beat", "flower", "metrics"]
    assert found["web"][found["web"].index("--host") + 1] == "192.0.2.1"
    assert found["web"][found["web"].index("--port") + 1] == "8001"


def test_what_runs_by_default_stays_on_this_machine() -> None:
    found = read_procfile(CHECKOUT / "Procfile", {})

    assert found["web"][found["web"].index("--host") + 1] == "127.0.0.1"
