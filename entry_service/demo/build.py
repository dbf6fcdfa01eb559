"""Builds the demo city: keys, facilities, posters, devices, accounts, 28 days of log, vault, cases, extract.

A finished build is recognised and left alone; one that was interrupted is removed and made anew. The history is of
August 2020; what visitors do in the running demo is appended at the present, to the same log (docs/demo.md).
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

import numpy as np
from rich.progress import Progress

from entry_service.core.model import Device
from entry_service.core.posters import RANDOM_BYTES, poster_id
from entry_service.core.times import day_start
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings, keep_secret
from entry_service.store.log import scans
from entry_service.store.sites import devices, facilities, posters
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.cases.usefulness import keep_results
from entry_service.usecases.doors.learn_dwell import learn_dwell
from entry_service.usecases.hotspots.extract import write_extract

from . import calendar, doubtful, home, population, population_files, present, sign_ins
from . import state as states
from .city import City, make_city
from .deposits import Sealing, sealing_pool
from .entries import simulate_entries
from .outbreak import Plan, Scenario, plant
from .scans import GATE, draw_passes, log_by_day

SEED = 20200801


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The demo city in ``var``; ``fresh`` when this call made it."""

    state: states.State
    fresh: bool


def build(
    settings: Settings,
    *,
    now: datetime,
    seed: int = SEED,
    scale: float = 1.0,
    days: int = 28,
    scenario: Scenario = "outbreak",
    reset: bool = False,
    progress: Progress | None = None,
) -> Built:
    """Make the demo city in ``settings.var``, unless a finished one is there.

    Parameters
    ----------
    settings : Settings
        Where log, vault, keys and files are.
    now : datetime
        The present, for accounts and keys; the history itself is of August 2020.
    seed, scale, days, scenario
        See ``city.make_city``, ``calendar.demo_days`` and ``outbreak.plant``.
    reset : bool
        Remove a finished demo city first.
    progress : rich.progress.Progress, optional
        Where every long step shows how far it is.

    Raises
    ------
    DemoRefused
        The databases hold what no demo build made.
    LogInUse
        A service has the log open.
    """
    known = states.read_state(settings)
    if known and known.state == "complete" and not reset and states.is_whole(settings):
        prepare(settings)
        return Built(state=known, fresh=False)
    if known:
        states.wipe(settings)
    states.assert_nobodys_data(settings)
    begun = states.State(state="building", seed=seed, scale=scale, days=days, databases=states.databases(settings))
    states.write_state(settings, begun)
    prepare(settings)
    keep_secret(settings)
    services = open_services(settings, now)
    try:
        counts = _fill(services, settings, begun, scenario, now, progress or Progress(disable=True))
    finally:
        services.close()
    done = replace(begun, state="complete", counts=counts)
    states.write_state(settings, done)
    return Built(state=done, fresh=True)


def _fill(
    services: Services,
    settings: Settings,
    wish: states.State,
    scenario: Scenario,
    now: datetime,
    progress: Progress,
) -> dict[str, int]:
    """Make the city and put it into log, vault and files; return how much of what there is."""
    simulating = progress.add_task("도시와 하루하루의 방문을 모의합니다", total=4)
    city = make_city(wish.seed, wish.scale)
    days = calendar.demo_days(wish.days)
    progress.advance(simulating)
    people = population.floating_population(city, days, wish.seed)
    progress.advance(simulating)
    plan = plant(simulate_entries(city, people, days, wish.seed), city, wish.seed, scenario=scenario)
    progress.advance(simulating)
    passes = draw_passes(plan.entries, wish.seed)
    device_ids = _roll_out(services, city, days[0], now, settings)
    progress.advance(simulating)
    with sealing_pool(len(passes.person)) as pool:
        sealing = Sealing(pool, services.vault, passes, days[0])
        _write_files(settings, city, days, people, progress)
        rows = _write_log(services, city, plan, passes, device_ids, wish.seed, progress)
        home.keep(states.folder(settings) / "home.json", home.furnish(services, now=now))
        rows += home.log_other_doors(services, device_ids[home.FACILITY], days[-1], wish.seed)
        rows += doubtful.leave(services, city, plan, device_ids, days[-1], wish.seed)
        depositing = progress.add_task("연락처를 봉인해 보관합니다", total=len(passes.person))
        contacts = sealing.deposit(lambda count: progress.advance(depositing, count))
    cases = _register_cases(services, plan, passes, progress)
    keep_results(services)  # no hourly look destroys in a demonstration, nor counts what cases were worth
    learn_dwell(services, plan.as_of)
    extracting = progress.add_task("출입 기록을 추출합니다", total=100)
    write_extract(
        services,
        settings.var / "extract" / "demo",
        as_of=_known_at_first(plan, days),
        start=day_start(days[0]),
        end=present.built_until(len(days)),
        created=now,
        told=lambda part: progress.update(extracting, completed=round(100 * part)),
    )
    return {
        "facilities": len(city.sites.facilities),
        "cells": len(city.cells.code),
        "scans": rows,
        "contacts": contacts,
        "cases": cases,
    }


def _roll_out(services: Services, city: City, first, now: datetime, settings: Settings) -> dict[str, str]:
    """Register facilities with a poster each, devices where staff scan, and accounts; return facility → device."""
    sites = city.sites
    joined = [day_start(first + timedelta(days=int(day))) for day in sites.active_from]
    with_device = {
        facility.facility_id: f"demo-{facility.facility_id}"
        for facility, has_device in zip(sites.facilities, sites.has_device, strict=True)
        if has_device
    }
    accounts = sign_ins.make_sign_ins(home.FACILITY)

    def write(db) -> None:
        facilities.add_many(db, list(sites.facilities))
        for facility, at in zip(sites.facilities, joined, strict=True):
            name = poster_id(secrets.token_bytes(RANDOM_BYTES), 1)
            posters.add(
                db, posters.Poster(poster_id=name, facility_id=facility.facility_id, epoch=1, valid_from=at)
            )
            if facility.facility_id in with_device:
                device = Device(
                    device_id=with_device[facility.facility_id],
                    facility_id=facility.facility_id,
                    name=GATE,
                )
                # Nobody holds this token: the device exists only in the history.
                devices.add(db, device, sha256(secrets.token_bytes(32)).digest(), at)
        sign_ins.add_accounts(db, accounts, now)

    services.store.write(write)
    services.forget_facilities()
    sign_ins.set_up_factors(services.vault, accounts, now)
    sign_ins.keep(states.folder(settings) / "sign-ins.json", accounts)
    return with_device


def _write_files(settings: Settings, city: City, days, people: np.ndarray, progress: Progress) -> None:
    """Write units and population; of a day that goes on, the hours to come beside the others, a file each."""
    task = progress.add_task("유동인구 파일을 씁니다", total=len(days))
    folder = states.folder(settings) / "population"
    whole = days[:-1] if present.goes_on(len(days)) else days
    population_files.write_population(
        folder, city.cells, whole, people, progress=lambda count: progress.advance(task, count)
    )
    if present.goes_on(len(days)):
        write = partial(population_files.write_hours, cells=city.cells, day=days[-1], population=people[:, -24:])
        write(folder, hours=range(present.OPENING))
        for hour in range(present.OPENING, 24):
            write(folder / present.HELD, hours=range(hour, hour + 1))
        progress.advance(task)
    population_files.write_units(states.folder(settings) / "units.geojson", city.cells)


def _known_at_first(plan: Plan, days) -> datetime:
    """Return when the first extract is made: once all cases are known; of whole days, when all else is too."""
    if not present.goes_on(len(days)):
        return plan.as_of
    registered = [case.registered_at + timedelta(hours=1) for case in plan.cases]
    return max([present.built_until(len(days)), *registered])


def _write_log(services, city: City, plan: Plan, passes, device_ids, seed: int, progress: Progress) -> int:
    """Append every day's scans, a transaction a day; return how many."""
    ids = [facility.facility_id for facility in city.sites.facilities]
    task = progress.add_task("출입 기록을 적습니다", total=len(plan.entries.days))
    count = 0
    for _, day_scans in log_by_day(plan.entries, passes, ids, device_ids, seed):
        count += services.store.write(lambda db, rows=day_scans: scans.append_many(db, rows))
        progress.advance(task)
    return count


def _register_cases(services: Services, plan: Plan, passes, progress: Progress) -> int:
    """Register each case at its time, by the passes the patient would show; return how many."""
    task = progress.add_task("확진자를 등록합니다", total=len(plan.cases))
    pids = passes.pids()
    for case in plan.cases:
        register_case(
            services,
            number=case.number,
            onset=case.onset,
            specimen_date=case.specimen_date,
            places=[],
            passes=[pids[index] for index in np.flatnonzero(passes.person == case.person)],
            now=case.registered_at,
        )
        progress.advance(task)
    return len(plan.cases)
