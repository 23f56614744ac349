"""Broker and database give the processes no more than they need: with just that, everything works (S45, S48)."""

import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from demo.broker import find_server
from tests.contract.deployment_files import SECRETS, compose
from tests.e2e.api import Client
from tests.e2e.installation import Installation, free_ports, installation, wait_for_broker
from tests.e2e.person import link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PASSWORD = SECRETS["REDIS_PASSWORD"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with the users of the compose file, and one more for the eye of the test; gives host and port."""
    folder = Path(tmp_path_factory.mktemp("broker"))
    script = compose(SECRETS)["services"]["broker"]["command"][-1]
    users = re.search(r"printf '(.+?)'", script)
    assert users is not None
    rules = users[1].replace("\\n", "\n").replace("%s", PASSWORD)
    (port,) = free_ports(1)
    config = folder / "broker.conf"
    config.write_text(f'{rules}user eye on >eye ~* &* +@all\nport {port}\nbind 127.0.0.1\nsave ""\ndir {folder}\n')
    server = subprocess.Popen([str(find_server()), str(config)], stdout=subprocess.DEVNULL)
    wait_for_broker(port)
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def database(backend: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The embedded database; or one whose processes have a role that owns nothing."""
    if not backend:
        yield {}
        return
    owner = make_url(backend["DATABASE_URL"])
    role = f"gatehouse_app_{uuid.uuid4().hex[:12]}"
    engine = create_engine(owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    as_owner = Installation(
        Path(tmp_path_factory.mktemp("owner")), backend | {"PORT": "8000", "INBOX_PORT": "8025", "CAPTCHA": "off"}
    )
    as_owner.variables["VAR_DIR"] = str(as_owner.var_dir)
    as_owner.command("install")
    as_owner.command("database", "grant", role)
    yield {"DATABASE_URL": owner.set(username=role).render_as_string(hide_password=False)}
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role"), {"role": role}
        )
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, broker: str, database: dict[str, str]) -> Iterator[Installation]:
    own = database | {"BROKER_URL": f"redis://gatehouse:{PASSWORD}@{broker}/0", "FLOWER_BASIC_AUTH": "duty:word"}
    with installation(Path(tmp_path_factory.mktemp("privilege")), **own) as one:
        yield one


@pytest.mark.req("S45", "S48")
def test_with_just_the_rights_of_the_compose_file_mails_go_and_nothing_is_denied(running: Installation, broker: str):
    client = Client(running.web)
    client.sign_up("ann@alpro.example")
    token = link_in(running.wait_for_mail("ann@alpro.example", template="password")).rpartition("/")[2]
    assert client.set_password(token).status_code == 204
    assert client.log_in("ann@alpro.example").status_code == 201
    (post, *_) = client.http.get("/training/operators", params={"country": "BE"}).json()["items"]
    sent = client.http.post("/training/role-requests", json={"post_ids": [post["post_id"]]})
    client.leave()

    assert sent.status_code == 201
    assert running.wait_for_mail("ann@alpro.example", template="request-received")
    for page in ("/workers", "/broker"):
        flower = f"http://127.0.0.1:{running.variables['FLOWER_PORT']}{page}"
        assert httpx.get(flower, auth=("duty", "word")).status_code == 200
    assert "0 problems" in running.command("audit", "verify")
    with redis.Redis.from_url(f"redis://eye:eye@{broker}/0") as eye:
        assert eye.execute_command("ACL", "LOG") == []
    log = Path(running.log.name).read_text()
    assert "NOPERM" not in log
    assert "permission denied" not in log


@pytest.mark.req("S48")
@pytest.mark.parametrize(
    "command", ["FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET requirepass", "SHUTDOWN", "GET somebody-elses", "ACL LIST"]
)
def test_the_user_of_the_product_cannot_configure_list_or_empty_the_broker(broker: str, command: str):
    with (
        redis.Redis.from_url(f"redis://gatehouse:{PASSWORD}@{broker}/0") as one,
        pytest.raises(redis.exceptions.NoPermissionError),
    ):
        one.execute_command(*command.split())


@pytest.mark.req("S48")
def test_nobody_gets_in_without_a_password(broker: str):
    with redis.Redis.from_url(f"redis://{broker}/0") as one, pytest.raises(redis.exceptions.AuthenticationError):
        one.ping()
