"""The builder fills log, vault and files once, knows its own work again, and touches nobody else's."""

import csv
import json
import os
import re
import stat
import zipfile
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from entry_service.core.categories import assumed_dwell
from entry_service.core.times import day_start
from entry_service.demo import doubtful, home, present, state
from entry_service.demo.build import SEED, Built, build
from entry_service.demo.feed import held_files, known_files
from entry_service.demo.scans import GATE, draw_passes
from entry_service.passwords import verify_password
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.cases import cases
from entry_service.store.log import scans, slips
from entry_service.store.log.doubts import Wanted
from entry_service.store.sites import accounts, devices, facilities, pins, posters, zones
from entry_service.usecases.cases.usefulness import report
from entry_service.usecases.doors import cards
from entry_service.usecases.sites.signs import read_sign
from entry_service.usecases.sites.watch import listed
from entry_service.web.frame.access import ROLES, WITH_SECOND_FACTOR

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIZE = {"seed": SEED, "scale": 0.02, "days": 3}


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("demo") / "var", demo=True)


@pytest.fixture(scope="module")
def built(settings) -> Built:
    return build(settings, now=NOW, **SIZE)


@pytest.fixture
def services(settings, built):
    opened = open_services(settings, NOW, writer=False)
    yield opened
    opened.close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_log_holds_exactly_the_simulated_visits(built, services, small):
    with services.store.read() as db:
        logged = scans.scans_between(db, None, day_start(small.days[0]), NOW, refused=True)
    other_doors = [scan for scan in logged if scan.source not in ("staff_scan", "poster")]
    accepted = [scan for scan in logged if scan.outcome == "accepted" and scan not in other_doors]
    visits = small.plan.entries
    assert sum(scan.direction == "in" for scan in accepted) == len(visits.site) + doubtful.READINGS
    assert sum(scan.direction == "out" for scan in accepted) == visits.checked_out.sum()
    assert built.state.counts["scans"] == len(logged)
    assert {scan.gate for scan in logged if scan.device_id} == {GATE}  # a manager sees them by gate
    assert {scan.gate for scan in logged if not scan.device_id} == {""}


def test_every_part_of_the_door_can_be_tried_at_the_home_of_the_demos_staff(settings, services, small):
    kept = settings.var / "demo" / "home.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    told = home.read(kept)
    with services.store.read() as db:
        assert verify_password(pins.find(db, home.FACILITY).pin_hash, told.pin)
    assert read_sign(services, told.sign_id, NOW).facility.capacity == home.PEOPLE
    [card] = cards.given_out(services, home.FACILITY)
    assert card.revoked_at is None
    assert re.fullmatch(r"EPK1[0-9A-Z]{16}", told.card)
    last = day_start(small.days[-1])
    with services.store.read() as db:
        assert [(zone.name, zone.capacity) for zone in zones.all(db, home.FACILITY)] == sorted(home.ZONES)
        came = scans.scans_between(db, home.FACILITY, last, last + timedelta(days=1))
        [paper] = slips.paper_days(db, home.FACILITY)
    sources = Counter(scan.source for scan in came if scan.direction == "in")
    assert (sources["slip"], sources["call"], paper.slips) == (home.SLIPS, home.CALLS, home.SLIPS)
    assert {scan.outcome for scan in came if scan.source in ("slip", "call")} == {"accepted"}


def test_an_officer_has_a_shared_pass_and_a_copied_poster_to_look_at_and_neither_changes_a_case(services, small):
    found = listed(services, Wanted(), limit=500)
    why = Counter(one.reasons for one in found.readings)
    assert set(why) == {("two_places",), ("reported_poster",)}
    assert why["two_places",] == doubtful.READINGS
    assert doubtful.FEWEST <= why["reported_poster",] < 40
    copied = {one.facility_id for one in found.readings if "reported_poster" in one.reasons}
    with services.store.read() as db:
        assert [posters.current(db, one).copied_by for one in copied] == [doubtful.WHO.account_id]
        visited = {
            visit.facility_id for one in cases.all_cases(db) for visit, _ in cases.visits_of(db, one.case.case_id)
        }
    assert not {one.facility_id for one in found.readings} & visited


def test_the_usual_stay_is_learned_and_every_rule_by_seats_can_be_reckoned(services):
    services.load_dwell(NOW)
    assert services.dwell_of("restaurant") != assumed_dwell("restaurant")
    with services.store.read() as db:
        known = facilities.all(db)
    by_seats = [one for one in known if one.category in ("religious", "cinema", "pc_room", "study_room")]
    assert by_seats
    assert all(one.seats for one in by_seats)


def test_every_pass_has_its_contact_in_the_vault(built, services, small):
    passes = draw_passes(small.plan.entries, SEED)
    assert built.state.counts["contacts"] == len(passes.person)
    of_day = np.flatnonzero(passes.day == 1)
    day, pids = small.days[1], passes.pids()
    grouped = services.vault.group([(day, pids[index]) for index in of_day])
    assert len(set(grouped.values())) == len(set(passes.person[of_day].tolist()))


def test_facilities_have_posters_and_staff_doors_a_device_since_they_joined(services, small):
    sites = small.city.sites
    with services.store.read() as db:
        assert len(facilities.all(db)) == len(sites.facilities)
        for place, facility in enumerate(sites.facilities):
            joined = day_start(small.days[0]) + timedelta(days=int(sites.active_from[place]))
            assert posters.current(db, facility.facility_id).valid_from == joined
            assert len(devices.all(db, facility.facility_id)) == int(sites.has_device[place])


def test_the_sign_ins_on_disk_are_those_of_the_accounts_and_for_the_owner_alone(settings, services):
    kept = settings.var / "demo" / "sign-ins.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    sign_ins = json.loads(kept.read_text(encoding="utf-8"))
    assert {one["role"] for one in sign_ins} == set(ROLES)
    assert {one["role"] for one in sign_ins if one.get("factor_secret")} == WITH_SECOND_FACTOR
    with services.store.read() as db:
        for one in sign_ins:
            account = accounts.by_login(db, one["login"])
            assert verify_password(account.password_hash, one["password"])
            assert (account.role, account.facility_id or "") == (one["role"], one["facility_id"])
    states = {one["role"]: services.vault.factors.state(f"demo-{one['login']}") for one in sign_ins}
    assert {role for role, state in states.items() if state == "confirmed"} == WITH_SECOND_FACTOR


def test_every_case_is_registered_with_the_visits_of_its_window(services, small):
    with services.store.read() as db:
        registered = {summary.case.number: summary for summary in cases.all_cases(db)}
    assert set(registered) == {case.number for case in small.plan.cases}
    for case in small.plan.cases:
        visits = int((small.plan.entries.person == case.person).sum())
        assert 1 <= registered[case.number].visits <= visits
    assert report(services, NOW).whole.cases == len(registered)


def test_the_planted_people_are_together_in_the_extract(settings, built, small):
    """Seven infected sing in one place, five of them eat in another the next day, and others were exposed."""
    ids = [facility.facility_id for facility in small.city.sites.facilities]
    met = defaultdict(set)
    with (settings.var / "extract" / "demo" / "index_visits.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            met[row["facility_id"], row["start"][:10]].add(row["ordinal"])
    gym, restaurant = (
        (ids[place], str(day)) for place, day in zip(small.plan.places, small.plan.days, strict=True)
    )
    assert len(met[gym]) >= 7
    assert len(met[restaurant]) >= 5
    assert len(met[gym] & met[restaurant]) >= 5
    assert max(len(who) for place, who in met.items() if place not in (gym, restaurant)) < 5


def test_a_finished_city_is_left_alone(settings, built):
    before = files(settings.var / "extract"), files(settings.var / "demo")
    again = build(settings, now=NOW, **SIZE)
    assert not again.fresh
    assert again.state == built.state
    assert (files(settings.var / "extract"), files(settings.var / "demo")) == before


def test_what_was_added_since_stays_until_a_reset(tmp_path):
    settings = Settings(var=tmp_path / "var", demo=True)
    size = {**SIZE, "days": 2}
    build(settings, now=NOW, **size)
    count = logged(settings)
    services = open_services(settings, NOW)
    with services.store.read() as db:
        one = scans.scans_between(db, None, day_start(date(2020, 8, 1)), NOW)[0]
    services.store.write(lambda db: scans.append_many(db, [replace(one, scan_id="now", scanned_at=NOW)]))
    services.close()
    assert not build(settings, now=NOW, **size).fresh
    assert logged(settings) == count + 1
    secret = (settings.key_dir / "secret").read_text()
    made_since = [settings.var / "extract" / "today", settings.results_dir / "today"]
    for folder in made_since:
        folder.mkdir(parents=True)
    assert build(settings, now=NOW, reset=True, **size).fresh
    assert not any(folder.exists() for folder in made_since)
    assert logged(settings) == count
    assert (settings.key_dir / "secret").read_text() == secret


def logged(settings: Settings) -> int:
    engine = create_engine(settings.log_address)
    with engine.connect() as db:
        count = db.execute(text("SELECT count(*) FROM scans")).scalar_one()
    engine.dispose()
    return count


def test_an_interrupted_build_is_made_anew(tmp_path, monkeypatch):
    settings = Settings(var=tmp_path / "var", demo=True)
    size = {**SIZE, "days": 2}

    def pull_the_plug(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("entry_service.demo.build.write_extract", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            build(settings, now=NOW, **size)
    assert state.read_state(settings).state == "building"
    assert logged(settings) > 0
    assert build(settings, now=NOW, **size).fresh
    assert state.read_state(settings).state == "complete"


def test_a_log_that_no_demo_made_is_refused_and_kept(tmp_path):
    settings = Settings(var=tmp_path / "var", demo=True)
    prepare(settings)
    services = open_services(settings, NOW)
    place = {"lon": 126.93, "lat": 37.36, "coord_quality": "geocoded", "address": "경기도 군포시"}
    real = facilities.Facility(facility_id="R-1", name="실제 시설", category="library", **place)
    services.store.write(lambda db: facilities.add(db, real))
    services.close()
    for reset in (False, True):
        with pytest.raises(state.DemoRefused):
            build(settings, now=NOW, reset=reset, **SIZE)
    services = open_services(settings, NOW, writer=False)
    with services.store.read() as db:
        assert facilities.all(db) == [real]
    services.close()
    assert not os.path.exists(settings.var / "demo" / "state.json")


def test_a_city_whose_log_is_gone_is_made_anew(tmp_path):
    settings = Settings(var=tmp_path / "var", demo=True)
    size = {**SIZE, "days": 2}
    build(settings, now=NOW, **size)
    (settings.var / "log.sqlite").unlink()
    assert build(settings, now=NOW, **size).fresh


def test_the_last_day_of_a_longer_history_goes_on_when_the_city_is_built(tmp_path):
    settings = Settings(var=tmp_path / "var", demo=True)
    build(settings, now=NOW, **{**SIZE, "days": present.FEWEST_DAYS})
    package = json.loads((settings.var / "extract" / "demo" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["end"] == "2020-08-08T14:00:00+09:00"
    assert package["as_of"] >= package["end"]
    assert [file.name[15:] for file in known_files(settings)][-2:] == ["20200807.zip", "20200808_00-13.zip"]
    held = held_files(settings)
    with zipfile.ZipFile(held[0]) as bundle:
        [name] = bundle.namelist()
        rows = bundle.read(name).decode("cp949").splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == {'"14"'}
    assert len(held) == 10
