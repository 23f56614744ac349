"""What the parts of the application share: its database session, its mail, its forms' protection, its queue."""

from celery import Celery, Task
from flask import Flask
from flask_mail import Mail
from flask_wtf import CSRFProtect
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

db = scoped_session(sessionmaker(expire_on_commit=False))
mail = Mail()
csrf = CSRFProtect()


def connect_database(app: Flask) -> None:
    db.configure(bind=create_engine(app.config["DATABASE_URL"]))

    @app.teardown_appcontext
    def forget_session(_error: BaseException | None) -> None:
        db.remove()


def connect_celery(app: Flask) -> Celery:
    """A queue whose tasks run inside the application, as Flask's documentation advises."""

    class TaskOfFlask(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery(app.name, broker=app.config["BROKER_URL"], task_cls=TaskOfFlask)
    celery.conf.task_ignore_result = True
    celery.set_default()
    app.extensions["celery"] = celery
    return celery
