"""The entry log of a city's multi-use facilities as a Flask service: ``create_app`` is the table of contents."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import clock as wall_clock
from .settings import Settings, read_settings, with_secret
from .web import (
    api_document,
    auth,
    compression,
    context,
    display,
    errors,
    i18n,
    limits,
    logs,
    pages,
    security,
    short_way,
    ticket_marks,
)

if TYPE_CHECKING:
    from .services import Services

BLUEPRINTS = (
    "vendor",
    "start",
    "auth",
    "visitor",
    "visitor_api",
    "offline",
    "poster_entry",
    "calls",
    "floods",
    "poster_reports",
    "staff",
    "enrolment",
    "manager",
    "paper",
    "cards",
    "officer",
    "admin",
    "api",
    "door_api",
    "sync_api",
    "slip_api",
    "sign",
    "manager_sign",
)


class Service(Flask):
    """Flask without coroutines: none of our views and hooks is one, so that none is asked whether it is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def create_app(
    settings: Settings | None = None,
    services: "Services | None" = None,
    *,
    clock: Callable[[], datetime] = wall_clock.now,
) -> Flask:
    """Return the service.

    Parameters
    ----------
    settings : Settings, optional
        Default: the environment (``docs/settings.md``).
    services : Services, optional
        Log, vault, keys and senders; default: opened at the first request that needs them.
    clock : function without arguments
        Gives the present, aware; a request asks it once.
    """
    settings = with_secret(settings or read_settings())
    app = Service(__name__, static_folder=None, template_folder="web/templates")
    context.attach(app, settings, services, clock)
    i18n.attach(app)
    display.attach(app)
    ticket_marks.attach(app)
    errors.attach(app)
    logs.attach(app)
    limits.attach(app, settings.public_per_minute)
    auth.attach(app)
    short_way.attach(app)
    security.attach(app, settings)
    pages.attach(app, settings)
    compression.attach(app)
    api_document.attach(app, "전자출입명부 · Entry log API")
    for name in BLUEPRINTS:
        if find_spec(f"{__name__}.web.{name}"):
            app.register_blueprint(import_module(f".web.{name}", __name__).blueprint)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app
