"""A mail as it is read: line by line, word by word, aloud."""

import re
from html.parser import HTMLParser
from typing import Final

from bs4 import BeautifulSoup

from worker.letters import Parts

WEB_ADDRESS: Final = re.compile(r"https?://\S+")
_MARKS: Final = re.compile(r"^(- |> ?|--$)", re.MULTILINE)
_VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())


def flat(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


def words_of_text(parts: Parts) -> str:
    """All words of the text part in their order, without the marks of lists and quotations, in small letters."""
    return flat(_MARKS.sub("", parts.text)).casefold()


def words_of_html(parts: Parts) -> str:
    """All words of the HTML part as a screen reader says them, in small letters, without what the text part leaves out.

    That is the band with the product's name and the environment, the heading, which repeats the subject, and the
    button above the link.
    """
    soup = soup_of(parts.html)
    for band in soup.select(".training, .production"):
        band.decompose()
    soup.h1.decompose()
    for button in soup.select("a.action"):
        button.parent.find_next_sibling("p").decompose()
        button.parent.decompose()
    return flat(soup.body.get_text("\0").replace("\0", "")).casefold()


def soup_of(html: str) -> BeautifulSoup:
    """The HTML part as a tree."""
    return BeautifulSoup(html, "html.parser")


class Tags(HTMLParser):
    """Looks whether every tag that opens also closes, in order; ``faults`` names those that do not."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__()
        self.faults: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is open."""
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says something twice")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last that is open."""
        last = self._open.pop() if self._open else "nothing"
        if last != tag:
            self.faults.append(f"</{tag}> closes <{last}>")

    def close(self) -> None:
        """Nothing may be open at the end."""
        super().close()
        self.faults += [f"<{tag}> stays open" for tag in self._open]


def faults_of(html: str) -> list[str]:
    """What a strict reader of tags finds wrong."""
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags.faults
