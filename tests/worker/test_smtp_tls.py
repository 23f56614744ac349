from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.worker.mail_server import MailServer, certificate
from tests.worker.test_postbox import a_letter, address
from worker.postbox import Answer, Postbox, Receipt


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Callable[[str], MailServer]]:
    """Start a server that offers STARTTLS with a certificate for the given name, which nobody signed."""
    servers: list[MailServer] = []

    def start(name: str) -> MailServer:
        _, context = certificate(tmp_path, name=name)
        servers.append(MailServer(tls=context))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def send(server: MailServer, *, use_tls: bool = True, host: str = "127.0.0.1") -> Receipt:
    postbox = Postbox(address(server.port, use_tls=use_tls, host=host))
    receipt = postbox.send(a_letter())
    postbox._own.connection.close()
    return receipt


@pytest.mark.req("S52")
def test_a_certificate_that_nobody_signed_is_refused_and_there_is_no_way_back_to_plain_text(
    secured: Callable[[str], MailServer],
) -> None:
    server = secured("IP:127.0.0.1")

    receipt = send(server)

    assert receipt == Receipt(Answer.SERVER_AWAY, "SSLCertVerificationError")
    assert not server.mails


@pytest.mark.req("S52")
def test_a_certificate_of_another_host_is_refused_even_when_it_is_signed(
    secured: Callable[[str], MailServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = secured("DNS:other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    receipt = send(server)

    assert receipt == Receipt(Answer.SERVER_AWAY, "SSLCertVerificationError")
    assert not server.mails


@pytest.mark.req("S52")
@pytest.mark.parametrize(("name", "host"), [("IP:127.0.0.1", "127.0.0.1"), ("DNS:localhost", "localhost")])
def test_a_certificate_that_is_signed_and_of_this_host_carries_the_mail_encrypted(
    secured: Callable[[str], MailServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    server = secured(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    assert send(server, host=host).answer is Answer.ACCEPTED

    assert [mail.was_encrypted for mail in server.mails] == [True]


@pytest.mark.req("S52")
def test_a_server_without_tls_gets_no_mail_when_tls_is_on(mail_server: MailServer) -> None:
    receipt = send(mail_server)

    assert receipt == Receipt(Answer.SERVER_AWAY, "SMTPNotSupportedError")
    assert not mail_server.mails


@pytest.mark.req("S52")
def test_plain_text_is_used_only_when_told(secured: Callable[[str], MailServer]) -> None:
    server = secured("IP:127.0.0.1")

    assert send(server, use_tls=False).answer is Answer.ACCEPTED

    assert [mail.was_encrypted for mail in server.mails] == [False]
