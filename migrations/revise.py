"""Writing a migration from what changed in the models: ``python -m migrations.revise "add the telephone"``."""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

HERE = Path(__file__).parent


def main(message: str) -> None:
    """Compare the models with an empty database brought up to date, and write the difference as the next number."""
    number = 1 + max(int(path.name[:4]) for path in (HERE / "versions").glob("[0-9]*.py"))
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", f"{number:04d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}")
    with tempfile.TemporaryDirectory() as folder:
        config.attributes["engine"] = create_engine(f"sqlite+pysqlite:///{folder}/empty.sqlite3")
        command.upgrade(config, "head")
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        raise SystemExit('Say what changes: make migration MESSAGE="add the telephone"')
    main(message)
