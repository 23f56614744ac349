"""What programs ask of the API, in the words of the contract."""

from typing import Any

import httpx

from tests.e2e.installation import Installation
from tests.e2e.person import link_in

PASSWORD = "a long walk to the sea"


class Client:
    """A program; keeps its bearer token once logged in."""

    def __init__(self, web: str) -> None:
        self.http = httpx.Client(base_url=f"{web}/api/v1", timeout=30)

    def leave(self) -> None:
        self.http.close()

    def sign_up(self, email: str, **changes: Any) -> httpx.Response:
        body = {
            "first_name": "Ann",
            "last_name": "Peeters",
            "email": email,
            "confirm_email": email,
            "email_language": "en",
            "accept_privacy": True,
        }
        return self.http.post("/accounts", json=body | changes)

    def set_password(self, token: str, password: str = PASSWORD) -> httpx.Response:
        return self.http.post("/passwords", json={"token": token, "password": password})

    def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        response = self.http.post("/sessions", json={"email": email, "password": password})
        if response.status_code == 201:
            self.http.headers["Authorization"] = f"Bearer {response.json()['token']}"
        return response


def joined(running: Installation, email: str, *, language: str = "en") -> Client:
    """A program of a person who has an account, made with the mailed link, and is logged in."""
    client = Client(running.web)
    client.http.headers["Accept-Language"] = language
    client.sign_up(email)
    token = link_in(running.wait_for_mail(email, template="password")).rpartition("/")[2]
    assert client.set_password(token).status_code == 204
    assert client.log_in(email).status_code == 201
    return client
