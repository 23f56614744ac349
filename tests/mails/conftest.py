"""Every mail in every language that has a catalogue, printed once for all tests of this folder."""

import fcntl
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence

import pytest
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.mails.catalogues import WITH_CATALOGUE
from tests.mails.printer import PrintedMail, press, print_all


@pytest.fixture(scope="session")
def mail_press() -> Iterator[tuple[Session, Settings]]:
    with press() as ready:
        yield ready


@pytest.fixture(scope="session")
def printed(
    mail_press: tuple[Session, Settings], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sequence[PrintedMail]]:
    """By language. Where several processes test, one of them prints and the others read."""
    folder = tmp_path_factory.getbasetemp()
    kept = (folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder) / "mails.pickle"
    with kept.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not kept.stat().st_size:
            pickle.dump(list(print_all(*mail_press, WITH_CATALOGUE)), file)
            file.flush()
        file.seek(0)
        mails = pickle.load(file)
    return {language: [mail for mail in mails if mail.language == language] for language in WITH_CATALOGUE}


@pytest.fixture
def mails(printed: Mapping[str, Sequence[PrintedMail]], language: str) -> Sequence[PrintedMail]:
    """All in the language of the test."""
    return printed[language]
