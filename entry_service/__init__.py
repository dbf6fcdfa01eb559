"""The entry log of a city's multi-use facilities as a Flask service: ``create_app`` is the table of contents."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from entry_service.web.api import document
from entry_service.web.door import short_way
from entry_service.web.frame import (
    auth,
    compression,
    context,
    display,
    errors,
    i18n,
    korean_parts,
    limits,
    logs,
    metrics,
    pages,
    security,
)
from entry_service.web.frame.counters import Counters
from entry_service.web.visitor import ticket_marks

from . import clock as wall_clock
from .settings import Settings, read_settings, with_secret

if TYPE_CHECKING:
    from .services import Services

BLUEPRINTS = (
    "frame.vendor",
    "frame.start",
    "frame.metrics",
    "frame.auth",
    "frame.second_factor",
    "admin.simulated_codes",
    "visitor.pass_page",
    "visitor.pass_api",
    "frame.offline",
    "guides.pages",
    "visitor.poster_entry",
    "visitor.calls",
    "manager.floods",
    "manager.poster_reports",
    "door.door_page",
    "door.enrolment",
    "manager.overview",
    "manager.watched",
    "manager.paper",
    "manager.cards",
    "officer.map_page",
    "officer.run_api",
    "admin.facility_pages",
    "site.request_pages",
    "door.scan_api",
    "door.acts_api",
    "door.sync_api",
    "door.tally_api",
    "door.slip_api",
    "visitor.sign_page",
    "manager.sign_settings",
    "manager.receipts",
    "officer.watch_pages",
    "officer.disclosure_pages",
    "officer.contact_pages",
    "officer.publication_pages",
    "officer.publication_check",
    "officer.message_page",
    "officer.report_page",
    "officer.reports_page",
    "officer.plan_pages",
    "officer.plan_actions",
    "officer.plan_files",
    "officer.drill_pages",
    "field.page",
    "field.field_api",
    "approver.pages",
    "approver.publication_pages",
    "auditor.pages",
    "admin.retention_pages",
    "admin.sunset_pages",
    "admin.usefulness_pages",
    "visitor.rights",
    "visitor.transparency",
    "visitor.places_page",
    "visitor.notice_page",
    "kakao.skill",
    "visitor.public_map",
    "visitor.public_history",
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
    counters: Counters | None = None,
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
    counters : Counters, optional
        Of all processes together; default: of this one.
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
    korean_parts.attach(app)
    document.attach(app, "전자출입명부 · Entry log API")
    for name in BLUEPRINTS:
        if find_spec(f"{__name__}.web.{name}"):
            app.register_blueprint(import_module(f".web.{name}", __name__).blueprint)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    metrics.attach(app, counters or Counters())
    return app
