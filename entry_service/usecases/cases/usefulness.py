"""The usefulness report: what the log was worth to each case, kept as counts that outlive the case.

The counts are kept by the hourly job, before it destroys anything; whoever reads the report writes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.core.model import Case
from entry_service.core.times import KST, kst_day
from entry_service.core.usefulness import (
    COSTS,
    MOST_VALUE,
    STARTED,
    CaseResult,
    Usefulness,
    assumptions,
    months_between,
    months_of,
    ran_in,
    usefulness,
)
from entry_service.services import Services
from entry_service.store.cases import cases
from entry_service.store.cases import usefulness as kept
from entry_service.store.cases.usefulness import Figure
from entry_service.store.log import drills
from entry_service.store.retention import sunset
from entry_service.vault.asked import Disclosure

LONGEST_SOURCE = 200
FIGURES = (*COSTS, STARTED, *(one.name for one in assumptions()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole pilot and each of its months, the newest first, with the figures that were entered."""

    whole: Usefulness
    months: Sequence[Usefulness]
    figures: Mapping[str, Figure]


def report(services: Services, now: datetime) -> Report:
    """Return the report of what ``keep_results`` has kept by now."""
    with services.store.read() as db:
        known, entered = kept.results(db), kept.figures(db)
        tried = [one for one in drills.all(db, "outbreak") if one.result]
        ending = sunset.find(db)
    values = {name: figure.value for name, figure in entered.items()}
    by_month = {month: [one for one in known if one.month == month] for month in months_of(known)}
    of_month = {month: [one.result for one in tried if month_of(one.started_at) == month] for month in by_month}
    last = kst_day(now if ending is None else min(now, ending.ends_at))
    first = date.fromordinal(int(values[STARTED])) if STARTED in values else None
    ran = months_between(first, last) if first else 0
    return Report(
        whole=usefulness("", known, values, ran, [one.result for one in tried]),
        months=[
            usefulness(month, own, values, int(ran_in(month, first, last)), of_month[month])
            for month, own in by_month.items()
        ],
        figures=entered,
    )


def keep_results(services: Services, only: Collection[str] | None = None) -> int:
    """Keep what the log was worth to each living case by now; return how many counts changed.

    ``only`` some of them, such as those that are about to be destroyed. Drills are no cases. Nothing is written
    where nothing changed.
    """
    with services.store.read() as db:
        living = [one.case for one in cases.all_cases(db) if only is None or one.case.case_id in only]
        visits = {case.case_id: _visits(db, case) for case in living}
    asked = _requests_of(services, living)
    results = [_result(services, case, visits[case.case_id], asked.get(case.case_id, [])) for case in living]
    with services.store.read() as db:
        changed = kept.changed(db, results)
    if changed:
        services.store.write(lambda db: kept.keep_results(db, changed))
    return len(changed)


def _visits(db: Connection, case: Case) -> int:
    return sum(origin != "place" for _visit, origin in cases.visits_of(db, case.case_id))


def _requests_of(services: Services, living: Sequence[Case]) -> dict[str, list[Disclosure]]:
    """Return case_id → its requests, asked of the vault together."""
    of_case: dict[str, list[Disclosure]] = {}
    if living:
        for one in services.vault.disclosures.of_cases([case.case_id for case in living]):
            of_case.setdefault(one.case_id, []).append(one)
    return of_case


def _result(services: Services, case: Case, visits: int, asked: Sequence[Disclosure]) -> CaseResult:
    opened = [one for one in asked if one.opened_at is not None and one.outcome is not None]
    called = services.vault.case_files.states(case.case_id) if opened else []  # without a list nobody was called
    first = min((one.opened_at for one in opened if one.opened_at is not None), default=None)
    return CaseResult(
        result_id=case.case_id,
        month=month_of(case.registered_at),
        visits=visits,
        requests=len(asked),
        contacts=sum(one.outcome.new for one in opened if one.outcome is not None),
        sites=len(
            {place.facility_id for one in opened if one.outcome and one.outcome.new for place in one.places}
        ),
        lost=sum(one.outcome.unreadable + one.outcome.destroyed for one in opened if one.outcome is not None),
        reached=len({change.number for change in called if change.state != "waiting"}),
        minutes=None if first is None else (first - case.registered_at) / timedelta(minutes=1),
    )


def set_figures(services: Services, typed: Mapping[str, tuple[str, str]], *, actor: Actor, now: datetime) -> None:
    """Keep what was entered: name → (value, source) as typed; an empty value forgets it.

    Raises ``BadInput`` whose ``field`` is the name, or the name and ``_source``; then nothing is kept.
    """
    wanted: dict[str, Figure | None] = {}
    for name in FIGURES:
        text, source = typed.get(name, ("", ""))
        plain = text.replace(",", "").strip()
        if not plain:
            wanted[name] = None
            continue
        value = _day(plain, now) if name == STARTED else _number(plain, name)
        if not 1 <= len(source.strip()) <= LONGEST_SOURCE:
            raise BadInput("숫자의 근거를 200자 안으로 입력하시기 바랍니다.", field=f"{name}_source")
        facts = {"value": value, "source": source.strip(), "set_by": actor.account_id, "set_at": now}
        wanted[name] = Figure(name=name, **facts)  # type: ignore[arg-type]

    def keep(db: Connection) -> None:
        for name, figure in wanted.items():
            if figure is None:
                kept.forget_figure(db, name)
            else:
                kept.set_figure(db, figure)

    services.store.write(keep)


def _number(plain: str, name: str) -> float:
    if not plain.replace(".", "", 1).isdecimal() or float(plain) > MOST_VALUE:
        raise BadInput("0 이상의 숫자를 입력하시기 바랍니다.", field=name)
    return float(plain)


def _day(plain: str, now: datetime) -> float:
    try:
        day = date.fromisoformat(plain)
    except ValueError as wrong:
        raise BadInput("날짜를 2026-08-01처럼 입력하시기 바랍니다.", field=STARTED) from wrong
    if day > kst_day(now):
        raise BadInput("미래의 날짜는 입력할 수 없습니다.", field=STARTED)
    return float(day.toordinal())


def month_of(at: datetime) -> str:
    """Return the Korean month of a moment, such as ``2026-08``."""
    return at.astimezone(KST).strftime("%Y-%m")
