"""A person at a browser without JavaScript, on the application itself: no server, no network."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from bs4 import BeautifulSoup, Tag

from gateway.application import Gateway
from gateway.sessions import start_login
from shared import clock
from shared.models import Account
from tests.e2e.person import Person


class Visitor(Person):
    """One browser; with an account it is logged in."""

    def __init__(self, app: Gateway, account: Account | None = None) -> None:
        super().__init__(app.settings.public_url, httpx.WSGITransport(app=app))
        self._app = app
        if account is not None:
            self.log_in(account)

    def log_in(self, account: Account) -> None:
        """Be logged in from now on, without the work of hashing a password."""
        with self._app.database.transaction() as session:
            secret, _ = start_login(session, account.id, now=clock.now(session))
        with self._app.test_client() as client:
            with client.session_transaction() as visit:
                visit["login"] = secret
            cookie = client.get_cookie("session")
        assert cookie is not None
        self.browser.cookies.set("session", cookie.value, domain=urlsplit(self.home).hostname or "", path="/")

    def go(self, path: str, **query: Any) -> "Visitor":
        """Open a path of ours."""
        self._show(self.browser.get(path, params=query or None))
        return self

    def find_operators(self, environment: str = "production", **filters: str) -> "Visitor":
        """Search for operators; in Belgium unless told otherwise."""
        return self.go(f"/{environment}/operators", **({"country": "BE"} | filters))

    def tick(self, *names: str) -> list[str]:
        """The values of the boxes in the rows that show these texts."""
        return [self.tick_of(name) for name in names]

    @property
    def heading(self) -> str:
        """The one heading of the page."""
        (heading,) = self.page.find_all("h1")
        return _plain(heading)

    @property
    def title(self) -> str:
        """What the window says."""
        assert self.page.title is not None
        return _plain(self.page.title)

    @property
    def text(self) -> str:
        """All that the page shows, on one line."""
        return _plain(self.page)

    @property
    def labels(self) -> dict[str, str]:
        """Names of the fields that can be seen, each with its label."""
        found = {}
        for label in self.page.find_all("label"):
            field = self.page.find(id=label["for"]) if label.get("for") else label.find("input")
            assert isinstance(field, Tag), f"the label {label} belongs to no field"
            found[str(field.get("name"))] = _plain(label)
        return found

    @property
    def errors(self) -> dict[str, str]:
        """The summary of errors: the field each line leads to, with its sentence."""
        lines = self.page.select("#errors a")
        return {str(line["href"]).removeprefix("#"): _plain(line) for line in lines}

    @property
    def green_buttons(self) -> set[str]:
        """What the page puts forward as the next step."""
        buttons = [
            button
            for button in self.page.select("main button, main a.button")
            if not {"secondary", "danger", "quiet"} & set(button.get("class") or [])
        ]
        return {_plain(button) for button in buttons}


def _plain(tag: Tag | BeautifulSoup) -> str:
    return " ".join(tag.get_text(" ").split())


def id_in(address: str) -> UUID:
    """The last part of an address, as an id."""
    return UUID(address.rstrip("/").rsplit("/", 1)[-1])
