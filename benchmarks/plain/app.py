"""The application: a Flask factory, configured from ``PLAIN_...`` variables."""

from flask import Flask

from benchmarks.plain import sign_up
from benchmarks.plain.extensions import connect_celery, connect_database, csrf, mail


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_DEFAULT_SENDER="no-reply@plain.example")
    app.config.from_prefixed_env("PLAIN")
    connect_database(app)
    connect_celery(app)
    mail.init_app(app)
    csrf.init_app(app)
    app.register_blueprint(sign_up.pages)
    app.register_blueprint(sign_up.api)
    csrf.exempt(sign_up.api)
    return app
