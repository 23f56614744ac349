"""The Flask application with the two things every view needs: settings and the database."""

from contextlib import AbstractContextManager
from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from shared.db import Database
from shared.settings import Settings


class Gateway(Flask):
    """Flask, knowing what it runs with."""

    settings: Settings
    database: Database


def this_gateway() -> Gateway:
    """The application that serves the current request."""
    return cast("Gateway", current_app)


def settings() -> Settings:
    """The settings of this installation."""
    return this_gateway().settings


def transaction() -> AbstractContextManager[Session]:
    """The one transaction of a request that writes."""
    return this_gateway().database.transaction()


def reading() -> AbstractContextManager[Session]:
    """A transaction that only reads, and never waits for a writer."""
    return this_gateway().database.reading()
