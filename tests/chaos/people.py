"""People who ask for roles, and the office that decides: accounts made before, mails read as they come."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.chaos.driver import AGAIN, FAULT_OF_OURS, LONGEST_WAIT, PATIENCE, calm_address
from tests.chaos.mails import Mails
from tests.e2e.api import PASSWORD, Client

FIRST_CODE = "code_required"
CODE_WITHIN = 30.0
CREATED, OK = 201, 200


class Applicants:
    """So many people with a password, logged in; each asks for one post in Production."""

    def __init__(self, web: str, mails: Mails, *, count: int, seed: int) -> None:
        """Make the accounts; takes part of a second for each."""
        self._mails = mails
        self._dice = random.Random(seed)
        with ThreadPoolExecutor(4) as hands:
            self._clients = list(hands.map(lambda number: self._account(web, calm_address(number)), range(count)))
        self.accepted: list[str] = []
        """The ids of the requests that were answered 201."""
        self.wrong: list[str] = []

    def ask_over(self, seconds: float) -> threading.Thread:
        """Begin to ask, spread over so many seconds."""
        thread = threading.Thread(target=self._ask_all, args=(seconds,), daemon=True)
        thread.start()
        return thread

    def leave(self) -> None:
        for client in self._clients:
            client.leave()

    def _account(self, web: str, address: str) -> Client:
        client = Client(web)
        assert client.sign_up(address).status_code == 202
        mail = self._mails.wait_for(address, "password")
        assert mail is not None, f"no mail for {address}"
        assert client.set_password(mail["link"].rpartition("/")[2], PASSWORD).status_code == 204
        assert client.log_in(address, PASSWORD).status_code == CREATED
        return client

    def _ask_all(self, seconds: float) -> None:
        began = time.monotonic()
        posts = self._posts()
        for number, client in enumerate(self._clients):
            time.sleep(max(0.0, began + number / len(self._clients) * seconds - time.monotonic()))
            answer = insist(client.http, "/production/role-requests", {"post_ids": [self._dice.choice(posts)]})
            if answer is not None and answer.status_code == CREATED:
                self.accepted.append(answer.json()["id"])
            elif answer is not None:
                self.wrong.append(f"role request: {answer.status_code} {answer.text[:200]}")

    def _posts(self) -> list[str]:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._clients[0].http.get("/production/operators", params={"country": "BE"})
                if answer.status_code == OK:
                    return [one["post_id"] for one in answer.json()["items"]]
            except httpx.TransportError:
                pass
            assert time.monotonic() < end, "the list of operators does not come"
            time.sleep(AGAIN)


class Office:
    """Whoever reads the mailboxes of the authorities: accepts what comes, typing the code the first time."""

    def __init__(self, web: str, mails: Mails) -> None:
        self._mails = mails
        self._client = Client(web)
        self._seen: set[str] = set()
        self._proofs: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.decided: list[str] = []
        """The ids of the requests whose decision was answered 200."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the decision in hand."""
        self._stop.set()
        self._thread.join()
        self._client.leave()

    def _work(self) -> None:
        while not self._stop.wait(AGAIN):
            for mail in self._mails.all():
                if mail["template"] == "decide" and mail["link"] not in self._seen and not self._stop.is_set():
                    self._seen.add(mail["link"])
                    self._decide(mail["to"], mail["link"].rpartition("/")[2], mail["about"])

    def _decide(self, mailbox: str, token: str, about: str) -> None:
        body: dict[str, Any] = {"token": token, "decision": "accept", "decider_name": "Jan Janssens"}
        if mailbox in self._proofs:
            body["decider_token"] = self._proofs[mailbox]
        codes = self._count_codes(mailbox)
        answer = insist(self._client.http, "/decisions", body)
        if answer is not None and answer.status_code == 401 and answer.json()["code"] == FIRST_CODE:
            mail = self._mails.wait_for(mailbox, "code", after=codes, within=CODE_WITHIN)
            if mail is None:
                return
            body.pop("decider_token", None)
            answer = insist(self._client.http, "/decisions", body | {"code": mail["code"]})
        if answer is not None and answer.status_code == OK:
            self.decided.append(about.strip("<>").partition("@")[0])
            if proof := answer.json().get("decider_token"):
                self._proofs[mailbox] = proof

    def _count_codes(self, mailbox: str) -> int:
        return sum(mail["to"] == mailbox and mail["template"] == "code" for mail in self._mails.all())


def insist(client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response | None:
    """Post until there is an answer other than 5xx, always with the same key; None when patience ends first."""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            answer = client.post(path, json=body, headers=headers, timeout=LONGEST_WAIT)
        except httpx.TransportError:
            pass
        else:
            if answer.status_code < FAULT_OF_OURS:
                return answer
        time.sleep(AGAIN)
    return None
