"""A service with something on every page, and what stands in the addresses of its pages.

A new page is walked by itself: its address comes from the router. A new kind of variable in an address needs a row
in what ``furnish`` returns; without one the walk fails and says so.
"""

import re
from datetime import timedelta
from secrets import token_bytes

from werkzeug.routing import Rule

from entry_service.core.actors import Actor
from entry_service.core.model import Device, Scan
from entry_service.core.posters import poster_id
from entry_service.core.site_requests import Asked
from entry_service.posters import batch
from entry_service.services import Services
from entry_service.store.cases import notices, published_places
from entry_service.store.log import drills as drill_rows
from entry_service.store.log import quarantines, scans
from entry_service.store.log.quarantines import Spell
from entry_service.store.sites import accounts, devices, facilities, posters
from entry_service.store.sites import site_requests as site_request_rows
from entry_service.usecases.cases import draft_places, publish
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.doors import pins
from entry_service.usecases.drills import drills
from entry_service.usecases.sites import enrol_device, import_facilities, signs, site_requests, zones
from entry_service.web.frame.access import WITH_SECOND_FACTOR
from entry_service.web.frame.sessions import token_hash
from tests import second_factor

from .conftest import ROLES, TOKENS, facility
from .planned import plan_of, usual_stops, write_plan
from .revealed import leave_contacts, reveal

REPORT = "/officer/reports/<run>/"  # a page of its own, looked at in tests/analytics/reports
NO_PAGES = (REPORT, "/api/", "/static/", "/vendor/", "/healthz", "/metrics", "/sw.js")  # programs ask for them
PARTS = ("/floods",)  # of a page, asked for by its script
FILES = (".pdf", ".zip", ".png", ".geojson", ".csv", ".xlsx", ".json", ".webmanifest", ".pem")
HOUR = timedelta(hours=1)


def is_page(rule: Rule) -> bool:
    """Say whether the route is a page that somebody opens."""
    return "GET" in rule.methods and not rule.rule.startswith(NO_PAGES) and not rule.rule.endswith(FILES + PARTS)


def address(rule: Rule, known: dict[str, str]) -> str:
    """Return the address of a page with what exists in its variable parts."""

    def value(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        assert name in known, f"{rule.rule}: tell tests/web/furnished.py an example of {name}"
        return known[name]

    return re.sub(r"<([^>]+)>", value, rule.rule)


def furnish(services: Services, clock, password_hash: str) -> dict[str, str]:
    """Fill the service; return an example of every variable that stands in an address."""
    now = clock()
    poster = poster_id(bytes(range(10)), 1)

    def write(db: object) -> None:
        facilities.add(db, facility("GP-001", "산본도서관", capacity=60, area_m2=420.0, opens=7, closes=23))
        facilities.add(db, facility("GP-002", "군포시청", category="public_office", sensitive=True))
        posters.add(db, posters.Poster(poster_id=poster, facility_id="GP-001", epoch=1, valid_from=now - 9 * HOUR))
        for number, (name, profile) in enumerate((("정문", "desk"), ("동문", "gate"), ("무인 단말기", "kiosk"))):
            device = Device(device_id=f"D-{number}", facility_id="GP-001", name=name, profile=profile)
            devices.add(db, device, token_hash(TOKENS["GP-001"] if not number else f"token-{number}"), now)
        devices.revoke(db, "D-1", now)
        for role in ROLES:
            account = accounts.Account(
                account_id=f"A-{role}",
                login=role,
                role=role,
                facility_id="GP-001" if role in {"staff", "manager"} else None,
                password_hash=password_hash,
                created_at=now,
            )
            accounts.add(db, account)
        newcomer = accounts.Account(
            account_id="A-newcomer",
            login="newcomer",
            role="approver",
            facility_id=None,
            password_hash=password_hash,
            created_at=now,
        )
        accounts.add(db, newcomer)
        quarantines.begin(db, "GP-001", Spell(now - HOUR, now - HOUR / 2))

    services.store.write(write)
    for role in WITH_SECOND_FACTOR:
        second_factor.enrol(services.vault, f"A-{role}", now)
    zone = zones.add_zone(services, "GP-001", name="열람실", capacity=40, now=now, random=token_bytes)
    zones.add_zone(services, "GP-001", name="어린이 자료실", capacity=None, now=now, random=token_bytes)
    _log(services, now, zone.zone_id)
    enrol_device.invite(
        services, "GP-001", name="후문", zone="", profile="gate", token_hash=token_bytes(32), now=now
    )
    pins.set_pin(services, "GP-001", "482913", now)
    case = register_case(
        services,
        number="군포-37",
        onset=None,
        specimen_date=now.date(),
        places=[PlaceTold(facility_id="GP-001", start=now - 5 * HOUR, end=now - 4 * HOUR)],
        passes=[],
        now=now,
    ).case
    write_plan(services.settings.var, plan_of("plan-1", usual_stops()))
    leave_contacts(services, [number.to_bytes(8, "big") for number in range(60)], now)
    return {
        "request_hash": reveal(services, case.case_id, now),
        "facility_id": "GP-001",
        "file_id": _file(services, now),
        **_request(services, now),
        "batch_id": _batch(services),
        "month": f"{now:%Y-%m}",
        "account_id": "A-staff",
        "case_id": case.case_id,
        "place_id": (place := str(published_place(services, now))),
        "publication_id": _held_back(services, place, now),
        **_drill(services, now),
        "plan_id": "plan-1",
        "team": "1",
        "poster": poster,
        "sign_id": signs.renew_sign(services, "GP-001", now=now, random=token_bytes),
    }


def _file(services: Services, now) -> str:
    """Send a file of facilities in: one that is new and one whose facts change."""
    rows = ["PV-001,모의 식당,restaurant,경기도 군포시 산본로 11,37.361,126.935"]
    rows.append("GP-001,산본도서관,library,경기도 군포시 산본로 2,37.361,126.935")
    content = "\n".join(["facility_id,name,category,address,lat,lon", *rows]).encode()
    by = {"by": "A-admin", "now": now, "random": token_bytes}
    return import_facilities.send_in(services, "sites.csv", content, **by).file_id


def _request(services: Services, now) -> dict[str, str]:
    """Let a private site ask to take part; return what stands in the addresses of its request."""
    place = {"name": "모의 식당 1호", "category": "restaurant", "address": "경기도 군포시 산본로 11"}
    asked = Asked(business_number="1234567891", telephone="0310000000", **place)
    secret = site_requests.ask(services, asked, now=now, random=token_bytes)
    with services.store.read() as db:
        [request] = site_request_rows.page(db, "waiting", 0, 1)[1]
    return {"secret": secret, "request_id": request.request_id}


def _held_back(services: Services, place_id: str, now) -> str:
    """Leave a publication that waits for a second person."""
    told = {"content_hash": "0" * 64, "place_ids": place_id, "people": 612, "reasons": "people share"}
    why = "구청 행사장 방문을 한꺼번에 공개합니다"
    asked = notices.Request(request_id="held-back", **told, remark=why, asked_by="A-officer", asked_at=now)
    services.store.write(lambda db: notices.ask(db, asked))
    return asked.request_id


def _batch(services: Services) -> str:
    """Leave a batch of posters that is done."""
    own = services.settings.var / "posters" / "20200825T090000-0123abcd"
    own.mkdir(parents=True)
    batch.write_progress(own, batch.Progress(state="done", done=2, total=3, skipped=(("GP-002", "𓀀"),)))
    for name in (batch.BOOK, batch.ARCHIVE):
        (own / name).write_bytes(b"made")
    return own.name


def _drill(services: Services, now) -> dict[str, str]:
    """Leave a drill that has begun, whose passes people carry; return it and one of them."""
    officer = Actor(account_id="A-officer", role="officer")
    wished = {"sites": 1, "contacts": 2, "by_staff": True, "actor": officer}
    drill = drills.prepare_drill(services, **wished, now=now, random=token_bytes)
    with services.store.read() as db:
        token = next(one.token for _, one in drill_rows.passes_of(db, drill.drill_id) if one.token)
    return {"drill_id": drill.drill_id, "token": token}


def published_place(services: Services, now) -> int:
    """Publish the place of the case, and return the number of its row."""
    visits = [visit for one in draft_places.choices(services, now).open for visit in one.visit_ids]
    draft_places.draft_places(services, visits, by="A-officer", now=now)
    with services.store.read() as db:
        [draft] = published_places.live(db, "draft", now)
    officer = Actor(account_id="A-officer", role="officer")
    publish.publish(services, [draft.place_id], actor=officer, now=now)
    return draft.place_id


def _log(services: Services, now, zone: str) -> None:
    """Log a day: entries at three gates, some of them refused, some from a flood."""
    many = []
    for number in range(120):
        at = now - timedelta(minutes=5 + 3 * number)
        flood = number % 4 == 0
        scan = Scan(
            scan_id=f"scan-{number:05}",
            facility_id="GP-001",
            pid=(number // 2).to_bytes(8, "big"),
            direction="out" if number % 5 == 4 else "in",
            source="poster" if flood else "staff_scan",
            confidence="low" if flood else "high",
            flags=("unverified",) if flood else (),
            scanned_at=at,
            received_at=at,
            device_id=None if flood else "D-0",
            gate="" if flood else ("정문", "동문")[number % 2],
            zone=zone if number % 3 else "",
            outcome="pass_expired" if number % 11 == 10 else "accepted",
        )
        many.append(scan)
    services.store.write(lambda db: scans.append_many(db, many))
    with services.store.read() as db:
        services.occupancy.rebuild(db, now)
