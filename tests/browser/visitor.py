"""Somebody at a real browser, with scripts or without, in any language: finds things by their names in the forms."""

from playwright.sync_api import Locator, Page

from tests.browser.looks import Looks


class Visitor:
    """One tab. ``look`` is what a careful reader of the page would do; with ``looks`` None nobody looks."""

    def __init__(self, page: Page, looks: Looks | None = None, *, scripts: bool = True, language: str = "en") -> None:
        self.page = page
        self._language = language
        self._scripts = scripts
        self._looks = looks

    def open(self, address: str) -> None:
        """Type an address, of this site or one that was mailed."""
        self.page.goto(address)

    def open_mailed(self, link: str) -> None:
        """Press a link in a mail; its page, which is in the mail's language, is read in one's own."""
        self.open(link)
        if self.page.locator("html").get_attribute("lang") != self._language:
            self.page.locator("details.languages summary").click()
            self._and_wait(self.page.locator(f"button[name=change_language][value={self._language}]"))

    def follow(self, address: str) -> None:
        """Press the first link of the page itself that leads there, whatever it hands on."""
        ways = f"main a[href$='{address}'], main a[href*='{address}?']"
        self._and_wait(self.page.locator(ways).first)

    def fill(self, **values: str | bool) -> None:
        """Fill in fields by their names: text, an option's value, or True and False for a box."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']").last
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("field => field.localName") == "select":
                field.select_option(value)
            else:
                field.fill(value)

    def tick(self, row: str) -> None:
        """Tick the box in the row that holds the words."""
        self.page.locator("tr", has_text=row).locator("input[type=checkbox]").first.check()

    def press(self, form: str, button: str = "button[type=submit]:not(.skip)") -> None:
        """Press a form's first button, or the one that a selector names."""
        self._and_wait(self.page.locator(f"main {form}").locator(button).first)

    def press_request(self) -> None:
        """Press the button of the bar, which opens a window; without scripts, a page."""
        if self._scripts:
            self.page.locator(".bar [type=submit]").click()
            self.page.locator("dialog[open]").wait_for()
        else:
            self.press("#ticks", ".bar [type=submit]")

    def reads(self, words: str) -> bool:
        """True when the page shows the words."""
        return words.casefold() in " ".join(self.page.locator("main").inner_text().split()).casefold()

    def look(self, name: str) -> None:
        """Take the page's pictures and look for barriers."""
        if self._looks:
            self._looks.at(self.page, name)

    def _and_wait(self, place: Locator) -> None:
        with self.page.expect_event("load"):  # a search as one types is a navigation too
            place.click()
