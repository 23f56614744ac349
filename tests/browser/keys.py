"""Somebody without a mouse: Tab, Space, Enter and letters, with a look at where the focus stands at each stop."""

from playwright.sync_api import Page

from tests.browser.visitor import Visitor

WAY_ROUND = 250
"""Stops of the Tab key on a page that is more than once round it."""
WORDS_OF_OPTION = "value => document.activeElement.querySelector(`[value='${value}']`).text"
HOW_IT_STANDS = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const words = one.outerHTML.slice(0, 120);
    if (getComputedStyle(one).outlineStyle === "none") return `nothing shows that the focus is here: ${words}`;
    const box = one.getClientRects()[0];
    const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return above && (one.contains(above) || above.contains(one)) ? null : `out of sight or covered: ${words}`;
}"""


def tab_to(page: Page, selector: str, *, holding: str = "") -> list[str]:
    """Press the Tab key until what has the focus matches the selector.

    Args:
        page: at any stop; the way goes on from there, round the page.
        selector: of the field, link or button.
        holding: words of the row of a table that it stands in.

    Returns:
        What was wrong at the stops on the way: nothing to see of the focus (WCAG 2.4.7), or covered (2.4.11).
    """
    wrong = []
    for _ in range(WAY_ROUND):
        page.keyboard.press("Tab")
        if found := page.evaluate(HOW_IT_STANDS):
            wrong.append(found)
        if page.evaluate(
            """([selector, holding]) => document.activeElement.matches(selector)
                && (!holding || document.activeElement.closest("tr").innerText.includes(holding))""",
            [selector, holding],
        ):
            return wrong
    raise AssertionError(f"the Tab key does not lead to {selector} {holding}")


class Keys(Visitor):
    """A visitor who presses keys alone; ``unseen`` holds the stops where one could not tell where one was."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.unseen: list[str] = []

    def follow(self, address: str) -> None:
        """Press the first link that leads there."""
        self._to(f"main a[href$='{address}'], main a[href*='{address}?']")
        self._enter()

    def fill(self, **values: str | bool) -> None:
        """Fill in fields by their names; an option is chosen by typing the words it shows."""
        for name, value in values.items():
            self._to(f"main [name='{name}']")
            if isinstance(value, bool):
                if self.page.evaluate("document.activeElement.checked") != value:
                    self.page.keyboard.press("Space")
            elif self.page.evaluate("document.activeElement.localName") == "select":
                self.page.keyboard.type(self.page.evaluate(WORDS_OF_OPTION, value))
            else:
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(value)

    def tick(self, row: str) -> None:
        """Tick the box in the row that holds the words."""
        self._to("tr input[type=checkbox]", holding=row)
        self.page.keyboard.press("Space")

    def press(self, form: str, button: str = "button[type=submit]:not(.skip)") -> None:
        """Press a form's first button, or the one that a selector names."""
        self._to(f"main {form} {button}")
        self._enter()

    def press_request(self) -> None:
        """Press the button of the bar, which opens a window that keeps the focus."""
        self._to(".bar [type=submit]")
        self.page.keyboard.press("Enter")
        self.page.locator("dialog[open]").wait_for()

    def _to(self, selector: str, *, holding: str = "") -> None:
        self.unseen += tab_to(self.page, selector, holding=holding)

    def _enter(self) -> None:
        with self.page.expect_event("load"):  # a search as one types is a navigation too
            self.page.keyboard.press("Enter")
