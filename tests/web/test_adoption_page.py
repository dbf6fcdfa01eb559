"""The adoption page: states by wave, days by door, where to go next; a sensitive site is counted, never named."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.model import Scan
from entry_service.core.times import kst_day
from entry_service.store.log import scans
from entry_service.store.retention import destructions
from entry_service.store.sites import adoption, facilities
from entry_service.store.sites.site_states import entries_by_day, site_states
from tests.demo.result_fixture import write_results
from tests.usecases import purging

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import ROLES, facility
from .forms import text
from .sign_in import sign_in

DAY = timedelta(days=1)
SECRET = "모의 상담소"
SPOTS = (
    "rank,unit_code,name,gain_person_hours,unseen_person_hours,person_hours,share_seen,facilities,busiest_hour,"
    "people_unseen_then\n"
    "1,c1,산본시장 앞,432.1,12345.6,12400,0.004,1,18,210.4\n"
    "2,c2,금정역,,900,1000,0.1,0,,\n"
)


@pytest.fixture
def city(services, clock):
    """Give wave 2 an active, a silent, an invited and two sensitive sites, with entries through three doors."""
    now = clock()

    def entry(number, site, source, ago, **facts):
        at = now - ago
        told = {"pid": number.to_bytes(8, "big"), "direction": "in", "confidence": "high", **facts}
        return Scan(
            scan_id=f"scan-{number}", facility_id=site, source=source, scanned_at=at, received_at=at, **told
        )

    def furnish(db):
        sites = [facility(f"PV-00{n}", f"모의 식당 {n}호", category="restaurant", stage=2) for n in (1, 2, 3)]
        hidden = [facility(f"PV-90{n}", f"{SECRET} {n}", stage=2, sensitive=True) for n in (1, 2)]
        facilities.add_many(db, [*sites, *hidden])
        scans.append_many(
            db,
            [
                entry(1, "PV-001", "staff_scan", DAY),
                entry(2, "PV-001", "poster", DAY),
                entry(3, "PV-001", "staff_scan", 2 * DAY),
                entry(4, "PV-001", "staff_scan", 2 * DAY, direction="out"),
                entry(5, "PV-001", "staff_scan", 2 * DAY, outcome="pass_expired"),
                entry(6, "PV-002", "call", 8 * DAY),
                entry(7, "PV-901", "staff_scan", 9 * DAY),
                entry(8, "PV-003", "slip", 40 * DAY),
            ],
        )

    services.store.write(furnish)


def states(services, now):
    with services.store.read() as db:
        destroyed = destructions.last_entries(db, kst_day(now))
        found = site_states(db, week=now - 7 * DAY, end=now, destroyed=destroyed)
    return {site.facility_id: site.state for site in found}


def test_a_site_is_invited_active_or_silent(services, clock, city):
    assert states(services, clock()) == {
        "GP-001": "silent",  # a device in use and nothing else
        "GP-002": "silent",
        "PV-001": "active",
        "PV-002": "silent",
        "PV-003": "silent",  # by a poster, long ago
        "PV-901": "silent",
        "PV-902": "invited",
    }


def test_a_site_whose_only_entries_are_destroyed_is_silent_and_not_new(services, clock, city):
    clock.passes(days=60)
    purging.believed_since(services)
    purging.run(services, clock())
    with services.store.read() as db:
        assert adoption.last_entry(db, None, before=clock()) is None
        assert destructions.last_entries(db, date(2020, 8, 16)) == {"PV-003": date(2020, 7, 16)}
    assert set(states(services, clock()).values()) == {"silent", "invited"}
    assert states(services, clock())["PV-001"] == "silent"
    assert states(services, clock())["PV-902"] == "invited"


def test_the_days_are_korean_and_complete_and_count_only_entries(services, clock, city):
    end = clock()
    with services.store.read() as db:
        days = entries_by_day(db, end - 9 * DAY, end)
    assert len(days) == 10
    assert {day.isoformat(): dict(counts) for day, counts in days.items() if counts} == {
        "2020-08-16": {"staff_scan": 1},
        "2020-08-17": {"call": 1},
        "2020-08-23": {"staff_scan": 1},
        "2020-08-24": {"staff_scan": 1, "poster": 1},
    }


def test_the_page_tells_states_doors_and_the_longest_silent_and_names_no_sensitive_site(person, city):
    page = text(person("admin").get("/admin/adoption"))
    totals = dict(re.findall(r"</span>(쓰는 중|멈춤|시작 전)</dt><dd>(\d+)", page))
    assert totals == {"쓰는 중": "1", "멈춤": "5", "시작 전": "1"}
    assert re.search(r"출입증 스캔</th><td class=\"number\">3</td><td class=\"number\">60.0%", page)
    silent = re.findall(r'cell-note">([A-Z]+-\d+)<', page)
    assert silent == ["GP-001", "PV-003", "PV-002"]
    assert SECRET not in page
    assert "군포시청" not in page  # the other sensitive one
    assert "이름을 나타내지 않는 민감한 시설 2곳도 멈췄습니다." in page
    assert "아직 유동인구 분석 결과가 없습니다." in page


def test_the_files_hold_the_same_and_name_no_sensitive_site(person, city):
    admin = person("admin")
    rows = list(csv.reader(io.StringIO(admin.get("/admin/adoption/sites.csv").data.decode("utf-8-sig"))))[1:]
    assert [(row[1], row[4]) for row in rows if row[1]] == [
        ("GP-001", "멈춤"),
        ("PV-001", "쓰는 중"),
        ("PV-002", "멈춤"),
        ("PV-003", "멈춤"),
    ]
    assert [row[2] for row in rows if not row[1]] == ["민감한 시설 1곳"] * 3
    assert SECRET not in str(rows)
    days = list(csv.reader(io.StringIO(admin.get("/admin/adoption/days.csv").data.decode("utf-8-sig"))))
    assert len(days) == 29
    assert sum(int(row[-1]) for row in days[1:]) == 5


def test_where_to_go_next_comes_from_the_newest_run(person, settings, city):
    run = write_results(settings.results_dir / "run-1")
    (run / "blind_spots.csv").write_text(SPOTS, encoding="utf-8")
    page = text(person("admin").get("/admin/adoption"))
    assert re.search(r"산본시장 앞</th>(<td class=\"number\">[^<]*</td>){2}<td class=\"number\">0.40%", page)
    assert re.search(r"산본시장 앞</th><td class=\"number\">432</td><td class=\"number\">12,346</td>", page)
    assert "18시 · 210명" in page
    assert page.index("산본시장 앞") < page.index("금정역")


def test_an_empty_month_leads_to_the_last_day_with_entries(person, clock, city):
    clock.passes(days=40)
    admin = person("admin")
    page = text(admin.get("/admin/adoption"))
    assert "최근 28일에는 출입 기록이 없습니다." in page
    assert "?day=2020-08-24" in page
    assert "60.0%" in text(admin.get("/admin/adoption?day=2020-08-24"))


def test_only_administrators_see_adoption(person):
    for role in set(ROLES) - {"admin"}:
        for path in ("/admin/adoption", "/admin/adoption/sites.csv", "/admin/adoption/days.csv"):
            assert person(role).get(path).status_code == 403


@pytest.mark.parametrize("opened", [phone, desktop])
def test_in_a_browser_the_page_is_readable(app, browser, settings, city, opened):
    run = write_results(settings.results_dir / "run-1")
    (run / "blind_spots.csv").write_text(SPOTS, encoding="utf-8")
    with serving(app) as origin:
        page = opened(browser, origin)
        sign_in(page, app, "admin", path="/admin")
        page.get_by_role("link", name="확대 현황 자세히 보기").click()
        expect(page.get_by_role("img", name=re.compile("28일의 하루 입장"))).to_be_visible()
        assert page.locator(".chart rect").count() == 5
        page.get_by_text("날짜별 수", exact=True).click()
        assert axe_violations(page) == []
        assert not too_wide(page)
        assert page.complaints == []
