"""The catalogues that exist: complete, with every gap of the sentence kept."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "shared" / "translations").glob("*/LC_MESSAGES/messages.po"))
GAP = re.compile(r"%\((\w+)\)[sd]")
LANGUAGES = [path.parts[-3] for path in CATALOGUES]


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory):
    """Every sentence that stands in code and templates today."""
    template = tmp_path_factory.mktemp("sentences") / "messages.pot"
    command = "extract -F babel.cfg -k N_ -k gettext --omit-header -o".split()
    babel = [sys.executable, "-m", "babel.messages.frontend", "--quiet"]
    subprocess.run([*babel, *command, str(template), "."], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return read_po(file)


@pytest.mark.req("R13")
@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_every_sentence_of_today_is_translated(path: Path, sentences):
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])

    known = {message.id: message for message in catalogue if message.id and message.string and not message.fuzzy}
    assert [str(message.id) for message in sentences if message.id and message.id not in known] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_no_gap_of_a_sentence_is_lost_or_misspelt(path: Path):
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])

    for message in catalogue:
        if not message.id:
            continue
        wanted = set(GAP.findall(message.id[-1] if isinstance(message.id, tuple) else message.id))
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert set(GAP.findall(strings[-1])) == wanted, message.id
        assert all(set(GAP.findall(string)) <= wanted for string in strings), message.id
