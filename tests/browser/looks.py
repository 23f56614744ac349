"""What is looked at on every page: barriers, in light and in dark; the width of a phone; and a picture for people."""

import json
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
ALL = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""All that is otherwise in the dark."""
RULES: dict[Literal["light", "dark"], dict[str, Any]] = {"dark": COLOURS, "light": ALL}
TOO_WIDE = """() => (document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])
    .concat([...document.querySelectorAll("main *, header *, footer *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".table"))
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 3))"""
SMALL = """() => [...document.querySelectorAll("button, summary, input, select, textarea, a.button")]
    .filter(one => one.checkVisibility() && !one.closest(".skip, details:not([open]) > :not(summary)"))
    .map(one => [one.closest("label") ?? one, one.outerHTML.slice(0, 120)])
    .filter(([one]) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 24)
    .map(([, words]) => words).slice(0, 3)"""


class Looks:
    """Notes what is wrong at each stop of a walk, so that one walk tells of all pages."""

    def __init__(self, folder: Path, prefix: str = "") -> None:
        """``folder``: where the pictures go; ``prefix``: of their names, such as a language."""
        self.found: list[str] = []
        self._folder = folder
        self._prefix = prefix
        self._axe = Axe()
        folder.mkdir(parents=True, exist_ok=True)

    def at(self, page: Page, name: str, *, pictures: bool = True) -> None:
        """Look at the page that is open; it is as before afterwards, in light and at the width of a desk.

        ``pictures``: also of dark and desk, not of the phone alone.
        """
        for scheme, rules in RULES.items():
            page.emulate_media(color_scheme=scheme)
            self.found += [f"{name}, {scheme}: {words}" for words in self._barriers(page, rules)]
            if pictures:
                self._picture(page, name if scheme == "light" else f"{name}-dark")
        page.set_viewport_size(PHONE)
        self.found += [f"{name}: wider than a phone: {words}" for words in page.evaluate(TOO_WIDE)]
        self.found += [f"{name}: too small to hit: {words}" for words in page.evaluate(SMALL)]
        self._picture(page, f"{name}-320")
        page.set_viewport_size(DESK)

    def _barriers(self, page: Page, rules: dict[str, Any]) -> list[str]:
        results: dict[str, Any] = self._axe.run(page, options=rules).response
        return [
            f"{one['id']}: {node['html'][:160]} {json.dumps(node['target'])} {node['failureSummary'][:200]}"
            for one in results["violations"]
            for node in one["nodes"]
        ]

    def _picture(self, page: Page, name: str) -> None:
        page.screenshot(path=self._folder / f"{self._prefix}{name}.png", full_page=True)
