"""A person at a browser without JavaScript: follows only links and forms that were served, types what they ask for."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag


class Person:
    """One browser; ``page`` is what it shows."""

    def __init__(self, home: str, transport: httpx.BaseTransport | None = None) -> None:
        self.browser = httpx.Client(transport=transport, base_url=home, follow_redirects=True, timeout=30)
        self.home = home
        self.address = home
        self.status = 0
        self.page = BeautifulSoup()

    def leave(self) -> None:
        """Close the browser."""
        self.browser.close()

    def go_home(self) -> None:
        """Type the one address everybody knows."""
        self.open(f"{self.home}/")

    def open(self, address: str) -> None:
        """Open an address that was mailed, or the home page."""
        self._show(self.browser.get(address))

    def follow(self, text: str) -> None:
        """Press the link that reads so."""
        link = self._find("a", text)
        self._show(self.browser.get(urljoin(self.address, str(link["href"]))))

    def press(self, text: str, **typed: Any) -> None:
        """Fill in the form that has the button that reads so, and press it.

        A value may be a list (several boxes of one name), True or False (a box); a name that is not a field of the form
        is an error: nobody can type where there is no field.
        """
        button = self._find("button", text)
        form = self._form_of(button)
        fields = self._filled(form)
        for name, value in typed.items():
            assert form.find(attrs={"name": name}) or self.page.find(attrs={"name": name, "form": form.get("id")}), (
                f"no field {name} on {self.address}"
            )
            fields[name] = value
        if button.get("name"):
            fields[str(button["name"])] = str(button.get("value", ""))
        self._send(form, button, {name: value for name, value in fields.items() if value is not False})

    def reads(self, text: str) -> bool:
        """True when the page shows the text (blanks and case do not matter)."""
        return _plain(text) in _plain(self.page.get_text(" "))

    def row(self, text: str) -> Tag:
        """The row of a table that shows the text."""
        for row in self.page.find_all("tr"):
            if _plain(text) in _plain(row.get_text(" ")):
                return row
        raise AssertionError(f"no row {text!r} on {self.address}: {self.page.get_text(' ', strip=True)[:1500]}")

    def tick_of(self, text: str) -> str:
        """The value of the box in the row that shows the text."""
        box = self.row(text).find("input", {"type": "checkbox"})
        assert isinstance(box, Tag)
        return str(box["value"])

    def _find(self, name: str, text: str) -> Tag:
        wanted = _plain(text)
        exact = [tag for tag in self.page.find_all(name) if _plain(tag.get_text(" ")) == wanted]
        loose = [tag for tag in self.page.find_all(name) if wanted in _plain(tag.get_text(" "))]
        found = exact or loose
        assert found, f"no {name} {text!r} on {self.address}: {self.page.get_text(' ', strip=True)[:1500]}"
        return found[0]

    def _form_of(self, button: Tag) -> Tag:
        form = self.page.find("form", id=button["form"]) if button.get("form") else button.find_parent("form")
        assert isinstance(form, Tag)
        return form

    def _filled(self, form: Tag) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        inside = form.find_all(["input", "select", "textarea"])
        beside = self.page.find_all(["input", "select", "textarea"], form=form.get("id")) if form.get("id") else []
        for field in [*inside, *beside]:
            name = str(field.get("name", ""))
            value = str(field.get("value", ""))
            if not name or field.has_attr("disabled"):
                continue
            if field.name == "select":
                chosen = field.find("option", selected=True) or field.find("option")
                fields[name] = str(chosen.get("value", "")) if isinstance(chosen, Tag) else ""
            elif field.name == "textarea":
                fields[name] = field.get_text()
            elif field.get("type") in {"checkbox", "radio"}:
                if field.has_attr("checked"):
                    fields.setdefault(name, []).append(str(field.get("value", "on")))
            elif name in fields:
                fields[name] = [*fields[name], value] if isinstance(fields[name], list) else [fields[name], value]
            else:
                fields[name] = value
        return fields

    def _send(self, form: Tag, button: Tag, fields: dict[str, Any]) -> None:
        address = urljoin(self.address, str(button.get("formaction") or form.get("action") or self.address))
        fields = {name: ("on" if value is True else value) for name, value in fields.items()}
        if str(form.get("method", "get")).lower() == "post":
            parts = urlsplit(self.address)
            origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
            self._show(self.browser.post(address, data=fields, headers=origin))
        else:
            self._show(self.browser.get(address, params=fields))

    def _show(self, response: httpx.Response) -> None:
        self.address, self.status = str(response.url), response.status_code
        self.page = BeautifulSoup(response.text, "lxml")


def link_in(mail: dict[str, Any]) -> str:
    """The first web address in the text part of a mail: its own link, alone on its line."""
    lines = [line.strip() for line in mail["text"].splitlines()]
    return next(line for line in lines if re.fullmatch(r"https?://\S+", line))


def code_in(mail: dict[str, Any]) -> str:
    """The one number of six digits in the text part of a mail."""
    found = re.findall(r"(?<!\d)\d{6}(?!\d)", mail["text"])
    assert len(found) == 1, mail["text"]
    return str(found[0])


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
