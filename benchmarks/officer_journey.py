"""Print what the way from a case to its contact list costs in a real Chromium: machine seconds, clicks, fields.

Two people in two browsers. The officer registers a case by its phone, sees whom it may have exposed, and asks; the
approver reads and approves; the officer opens the contacts and takes the XLSX along. A step's seconds run from its
click to the page that follows, loaded; people's reading, typing and waiting for codes are not in it. The log holds
some days of a town. ``python benchmarks/officer_journey.py [--entries 20000] [--exposed 200]``
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from playwright.sync_api import Page

from entry_service import clock, create_app, passwords
from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.times import KST, kst_day
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import accounts, facilities
from entry_service.vault.sealing import seal
from tests import second_factor
from tests.web.browser import chromium, desktop, serving
from tests.web.conftest import PASSWORD, Person, code_for

SITES, DAYS, PLACES = 45, 3, 3
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CASE_PHONE = "010-0999-9999"


@dataclass
class Journey:
    """What was done so far: (step, machine seconds), clicks and fields typed."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    clicks: int = 0
    fields: int = 0

    def type(self, page: Page, label: str, text: str) -> None:
        """Type into a field."""
        page.get_by_label(label, exact=True).first.fill(text)
        self.fields += 1

    def click(self, page: Page, what: str, role: str, name: str, then: str) -> None:
        """Click, and wait for the text that says that the page after it is there."""
        target = page.get_by_role(role, name=name, exact=role == "button").last
        started = time.perf_counter()
        target.click()
        page.get_by_text(then).first.wait_for()
        page.wait_for_load_state("load")
        self.steps.append((what, time.perf_counter() - started))
        self.clicks += 1

    def reload(self, page: Page, what: str) -> None:
        """Load the page again, which is a click on a link or a key."""
        started = time.perf_counter()
        page.reload()
        self.steps.append((what, time.perf_counter() - started))
        self.clicks += 1


def town(services: Services, entries: int, exposed: int, now: datetime) -> None:
    """Fill the log with ``entries`` visits of strangers, and a case with ``exposed`` people around it."""
    dice = random.Random(20)
    names = [f"GP-{number:03}" for number in range(SITES)]
    here = {"lon": 126.93, "lat": 37.36, "coord_quality": "simulated", "address": "경기도 군포시 (모의 주소)"}
    sites = [Facility(facility_id=one, name=f"모의 시설 {one}", category="library", **here) for one in names]
    midnight = now.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)
    met = [(names[place], midnight - timedelta(hours=14 - 3 * place)) for place in range(PLACES)]
    stays = [(999_999, name, at, HOUR) for name, at in met]
    for who in range(exposed):
        name, at = met[who % PLACES]
        stays.append((who, name, at + dice.uniform(-20, 55) * MINUTE, dice.uniform(25, 90) * MINUTE))
    for who in range(exposed, exposed + entries):
        day = midnight - timedelta(days=dice.randrange(DAYS))
        at = day - timedelta(hours=24 - dice.uniform(8, 22))
        name = names[dice.randrange(PLACES, SITES)]
        stays.append((who, name, at, dice.uniform(10, 120) * MINUTE))
    days: dict = {}
    for who, _name, at, _long in stays:
        phone = "+821009999999" if who == 999_999 else f"+8210{who % 10**8:08}"
        days.setdefault(kst_day(at), {})[who.to_bytes(8, "big")] = Contact(name=f"방문자{who:05}", phone=phone)
    for day, contacts in days.items():
        key = services.vault.public_key(day)
        rows = [(pid, seal(key, day, pid, contact), contact) for pid, contact in contacts.items()]
        services.vault.deposit_many(day, rows)
    rows = []
    for number, (who, name, at, long) in enumerate(stays):
        rows.append(_scan(f"s{number}-in", who, name, "in", at))
        if who % 3:
            rows.append(_scan(f"s{number}-out", who, name, "out", at + long))

    def keep(db) -> None:
        facilities.add_many(db, sites)
        scans.append_many(db, rows)

    services.store.write(keep)


def _scan(scan_id: str, who: int, name: str, direction: str, at: datetime) -> Scan:
    return Scan(
        scan_id=scan_id,
        facility_id=name,
        pid=who.to_bytes(8, "big"),
        direction=direction,
        source="staff_scan",
        confidence="high",
        scanned_at=at,
        received_at=at,
    )


def people(services: Services, now: datetime) -> None:
    """Make an officer and an approver with second factors."""
    hashed = passwords.hash_password(PASSWORD)
    for role in ("officer", "approver"):
        account = accounts.Account(
            account_id=f"A-{role}",
            login=role,
            role=role,
            facility_id=None,
            password_hash=hashed,
            created_at=now,
        )
        services.store.write(lambda db, account=account: accounts.add(db, account))
        second_factor.enrol(services.vault, account.account_id, now)


def signed_in(page: Page, app: Flask, role: str, origin: str) -> Page:
    """Return the page with a session of the role."""
    person = Person(app.test_client())
    assert person.signs_in(role).status_code == 303
    value = person.client.get_cookie("session").value
    page.context.add_cookies([{"name": "session", "value": value, "url": origin}])
    return page


def travel(app: Flask, officer: Page, approver: Page, now: datetime) -> tuple[Journey, int, int]:
    """Go the way; return what it cost, how many contacts were listed, and the bytes of the file."""
    done = Journey()
    officer.goto("/officer/cases")
    approver.goto("/approver")
    done.type(officer, "확진자 번호", "군포-101")
    done.type(officer, "증상 발생일", f"{kst_day(now)}")
    done.type(officer, "확진자의 휴대전화번호 또는 개인안심번호", CASE_PHONE)
    done.click(officer, "register the case by its phone, trace it", "button", "등록", "접촉자 연락처 요청")
    done.type(officer, "인증 코드", code_for(app, "officer"))
    done.click(officer, "ask for the contacts", "button", "승인 요청", "연락처를 요청했습니다")
    done.reload(approver, "approver sees the request")
    done.click(approver, "approver reads it", "link", "확진자 군포-101", "요청한 내용")
    done.type(approver, "인증 코드", code_for(app, "approver"))
    done.click(approver, "approver approves", "button", "이 내용 그대로 승인", "승인했습니다")
    done.reload(officer, "officer sees the approval")
    done.click(officer, "open the contacts", "button", "연락처 열람", "명에게 연락했습니다")
    listed = officer.locator(".contact").count()
    started = time.perf_counter()
    with officer.expect_download() as waited:
        officer.get_by_role("button", name="엑셀(XLSX)").click()
    size = Path(waited.value.path()).stat().st_size
    done.steps.append(("take the XLSX along", time.perf_counter() - started))
    done.clicks += 1
    return done, listed, size


def main() -> None:
    """Build the town, go the way, print what it cost."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--entries", type=int, default=20_000)
    asked.add_argument("--exposed", type=int, default=200)
    given = asked.parse_args()
    with ExitStack() as opened:
        var = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "var"
        settings = Settings(var=var, secure_cookies=False, demo=True, secret=token_urlsafe(32))
        now = clock.now()
        prepare(settings)
        services = open_services(settings, now)
        opened.callback(services.close)
        people(services, now)
        town(services, given.entries, given.exposed, now)
        app = create_app(settings, services)
        origin = opened.enter_context(serving(app))
        browser = opened.enter_context(chromium())
        officer, approver = (
            signed_in(desktop(browser, origin), app, role, origin) for role in ("officer", "approver")
        )
        done, listed, size = travel(app, officer, approver, now)
        complaints = [*officer.complaints, *approver.complaints]
    print(f"log: {given.entries + given.exposed:,} visits; {listed} contacts listed; XLSX {size:,} bytes")
    for what, seconds in done.steps:
        print(f"  {seconds:6.2f} s  {what}")
    total = sum(seconds for _, seconds in done.steps)
    print(f"case to contact list: {total:.2f} s of machine time, {done.clicks} clicks, {done.fields} fields typed")
    assert complaints == [], complaints


if __name__ == "__main__":
    main()
