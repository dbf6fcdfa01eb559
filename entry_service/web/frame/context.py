"""What a view may ask for: the services, the settings, and the present of this request.

The clock is read once a request, so that everything one request does happens at one moment.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, current_app, g

from entry_service.settings import Settings

if TYPE_CHECKING:
    from entry_service.services import Services


def attach(app: Flask, settings: Settings, services: "Services | None", clock: Callable[[], datetime]) -> None:
    """Keep what the views ask for; services not given are opened at the first question (needs a migrated log)."""
    app.extensions.update({"settings": settings, "services": services, "clock": clock, "services_lock": Lock()})


def settings() -> Settings:
    """Return the settings of this application."""
    return current_app.extensions["settings"]


def services() -> "Services":
    """Return log, vault, keys and senders."""
    held = current_app.extensions["services"]
    if held is None:
        with current_app.extensions["services_lock"]:
            if current_app.extensions["services"] is None:
                from entry_service.services import open_services

                app = current_app.extensions
                app["services"] = open_services(app["settings"], app["clock"]())
        held = current_app.extensions["services"]
    return held


def now() -> datetime:
    """Return the moment of this request, the same however often it is asked."""
    if "now" not in g:
        g.now = current_app.extensions["clock"]()
    return g.now
