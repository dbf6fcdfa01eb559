"""A furnished service that answers on this machine, with the cookies of everybody who may open its pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from entry_service import create_app
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.web.frame.i18n import LANGUAGES, VISITOR_BLUEPRINTS, VISITOR_LANGUAGES
from tests.demo.result_fixture import write_results

from . import furnished
from .browser import serving
from .conftest import ROLES, TOKENS, Clock, Person
from .publication_folder import write_public
from .routes import rules

CALL_SECRET = "a secret of the exchange, long enough for it"
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
NOBODY, DEVICE = "nobody", "device"


@dataclass(frozen=True)
class Town:
    """Where it answers, what stands in addresses, and the cookies of everybody."""

    origin: str
    known: dict[str, str]
    cookies: dict[str, list[tuple[str, str]]]

    def cookies_of(self, who: str, language: str) -> list[dict[str, str]]:
        """Return what the browser of somebody holds."""
        given = [*self.cookies[who], ("lang", language)]
        return [{"name": name, "value": value, "url": self.origin} for name, value in given]


def walk() -> list[tuple[Rule, str, tuple[str, ...]]]:
    """Return every page with everybody who may open it, and the languages it speaks."""
    app = create_app(Settings(demo=True, sms="simulator", call_secret=CALL_SECRET))
    found = []
    for rule in rules(app):
        if not furnished.is_page(rule):
            continue
        view = app.view_functions[rule.endpoint]
        blueprint = rule.endpoint.rpartition(".")[0]
        visitors = getattr(view, "for_visitors", False) or blueprint in VISITOR_BLUEPRINTS
        for who in [DEVICE] * view.access.device + sorted(view.access.roles) or [NOBODY]:
            found.append((rule, who, tuple(VISITOR_LANGUAGES if visitors else LANGUAGES)))
    return found


@contextmanager
def open_town(var: Path, password_hash: str) -> Iterator[Town]:
    """Furnish a service in a folder and serve it."""
    settings = Settings(
        var=var,
        secret="a secret of the tests, forty characters.",
        secure_cookies=False,
        demo=True,
        sms="simulator",
        call_secret=CALL_SECRET,
    )
    clock = Clock()
    prepare(settings)
    services = open_services(settings, clock())
    known = furnished.furnish(services, clock, password_hash)
    write_results(settings.results_dir / "run-1")
    write_public(settings.public_dir)
    app = create_app(settings, services, clock=clock)
    cookies = {NOBODY: ticket(app, known["poster"]), DEVICE: [("device", TOKENS["GP-001"])]}
    cookies[NOBODY].append(("half", half_session(app)))
    for role in ROLES:
        someone = Person(app.test_client())
        assert someone.signs_in(role).status_code == 303
        cookies[role] = [("session", someone.client.get_cookie("session").value)]
    with serving(app) as origin:
        yield Town(origin, known, cookies)
    services.close()


def half_session(app: Flask) -> str:
    """Give the password of an account that has no second factor yet; return what opens its next page."""
    someone = Person(app.test_client())
    assert someone.gives_password("newcomer").status_code == 303
    return someone.client.get_cookie("half").value


def ticket(app: Flask, poster: str) -> list[tuple[str, str]]:
    """Enter by the poster; return the cookies of the phone that holds the ticket now."""
    someone = Person(app.test_client())
    page = someone.get(f"/E/{poster}").get_data(as_text=True)
    scan_id = re.search(r'name="scan_id" value="([^"]+)"', page)[1]
    form = {"scan_id": scan_id, "name": "시험방문자", "phone": "010-0000-1234", "consent": "yes"}
    answer = someone.post(f"/E/{poster}", {**form, "kind": "phone", "party_size": "1"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return [("ticket", someone.client.get_cookie("ticket").value)]
