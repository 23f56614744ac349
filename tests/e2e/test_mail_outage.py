"""The mail server is away for two hours: nobody is forgotten, and nobody gets a link that is dead on arrival."""

import time
from pathlib import Path

import httpx
import pytest

from tests.chaos.mails import Mails
from tests.chaos.proxies import Proxies
from tests.chaos.servers import listens, wait_until
from tests.e2e.api import Client
from tests.e2e.installation import installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PEOPLE = [f"waiting{number}@alpro.example" for number in range(50)]
SAMPLE = PEOPLE[::10]
EXPIRED = 410


@pytest.mark.req("R21", "S4")
def test_after_two_hours_without_mail_server_everybody_gets_one_mail_and_its_link_works(tmp_path: Path):
    mails = Mails(tmp_path, seed=1, calm=True)
    wait_until(lambda: listens(mails.port), what="the mail server")
    proxies = Proxies({"mail": mails.port})
    try:
        own = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(proxies.ports["mail"])}
        with installation(tmp_path / "outage", **own) as one:
            client = Client(one.web)
            proxies.do("mail", "refuse")
            assert {client.sign_up(address).status_code for address in PEOPLE} == {202}
            time.sleep(2)  # some of them are tried, in vain
            one.command("clock", "advance", "2h")
            arrived_meanwhile = mails.all()
            proxies.do("mail", "pass")

            for address in PEOPLE:
                assert mails.wait_for(address, "password", within=60), address
            time.sleep(2)  # a second mail to somebody would have come by now
            arrived = mails.all()
            tokens = {mail["to"]: mail["link"].rpartition("/")[2] for mail in arrived}
            opened = {mail["to"]: httpx.get(mail["link"], follow_redirects=True).status_code for mail in arrived}
            used = [client.set_password(tokens[address]).status_code for address in SAMPLE]
            client.leave()

        assert arrived_meanwhile == []
        assert sorted(mail["to"] for mail in arrived) == sorted(PEOPLE)
        assert EXPIRED not in opened.values()
        assert set(opened.values()) == {200}
        assert used == [204] * len(SAMPLE)
    finally:
        proxies.close()
        mails.close()
