"""The composition root of the web process."""

from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway import api, commands, cookies, errors, health, languages, request_log, security, templating, web
from gateway.application import Gateway
from shared.db import Database
from shared.logs import configure_logging
from shared.settings import Settings, load_settings_or_exit

LARGEST_BODY = 64 * 1024
"""Bytes; the longest form of the product needs a tenth of it (S51)."""
MOST_FIELDS = 400


def create_app(settings: Settings | None = None) -> Gateway:
    """Build the web application; without an argument, from the environment."""
    if settings is None:
        settings = load_settings_or_exit()
        configure_logging("web")
    app = Gateway("gateway", static_url_path="/static")
    app.settings = settings
    app.database = Database(settings)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FIELDS,
        # Asked for by name and never guessed from the request: a token mailed must not carry a stranger's host (S9).
        SERVER_NAME=None,
        PREFERRED_URL_SCHEME="https" if settings.is_https else "http",
        # The views decide by path what an error looks like; the default page would be Flask's.
        TRAP_HTTP_EXCEPTIONS=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the visit: a form left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # the Origin check of gateway.security does this for http and https alike
    )
    cookies.configure(app)
    # First, so that a request refused by the checks that follow has its number and every header too.
    request_log.register(app)
    errors.register(app)
    security.register(app)
    csrf = CSRFProtect(app)
    languages.register(app)
    templating.register(app)
    web.register(app)
    api.register(app, csrf)
    health.register(app, csrf)
    commands.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    return app
