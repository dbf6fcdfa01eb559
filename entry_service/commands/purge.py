"""Destroy what is due, see what would be destroyed, give out and verify the receipts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from entry_service import clock
from entry_service.core.actors import Actor
from entry_service.core.retention import Belief
from entry_service.core.times import KST
from entry_service.settings import Settings, read_settings

from .shared import DATE, opened, progress, refuse, sentence_of

if TYPE_CHECKING:
    from entry_service.usecases.retention.purge import Purged
    from entry_service.usecases.retention.purge_plan import Plan

OPERATOR = Actor(account_id="operator", role="operator")  # whoever may run commands on this machine
SHOWN_ROWS = {"scans": "출입 기록", "slips": "종이 전표"}  # a line of 80 characters holds no more


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be destroyed; change nothing.")
@click.option("--clock-is-right", is_flag=True, help="Confirm that this machine's clock is right after a jump.")
@click.option("--today", type=click.DateTime([DATE]), help="In a demonstration only: take this for today.")
@click.option("--unless-serving", is_flag=True, help="For a timer: leave it to the service where that runs.")
def purge(dry_run: bool, clock_is_right: bool, today: datetime | None, unless_serving: bool) -> None:
    """Destroy every day that is older than ENTRY_RETENTION_DAYS: keys first, then rows, folders, and a receipt.

    The running service does the same by itself within an hour after midnight.
    """
    settings = read_settings()
    day = _day_of_trial(settings, today)
    if dry_run:
        _tell_plan(settings, day)
        return
    from entry_service.store.database.engine import LogInUse

    try:
        _destroy(settings, day, clock_is_right=clock_is_right)
    except LogInUse:
        if not unless_serving:
            raise
        click.echo("서비스가 실행 중이며 매시간 스스로 파기합니다.")


def _destroy(settings: Settings, day: date | None, *, clock_is_right: bool) -> None:
    from entry_service.usecases.retention.purge import purge as destroy
    from entry_service.usecases.retention.trusted_clock import confirm

    with opened(settings=settings) as services, _watching() as watch:
        if clock_is_right:
            reading = clock.reading()
            click.echo(f"이 컴퓨터의 시각 {_time(reading.wall)}이 맞다고 확인했습니다.")
            confirm(services, reading, shown=reading.wall, actor=OPERATOR)
        done = destroy(services, clock.reading(), today=day, watch=watch)
    _tell_clock(done.belief)
    _tell(done)


@click.group()
def receipt() -> None:
    """Signed receipts of destroyed days."""


@receipt.command("list")
@click.option("--limit", default=60, show_default=True, help="How many days, the newest first.")
def list_receipts(limit: int) -> None:
    """List the destroyed days."""
    from entry_service.store.retention import destructions

    with opened(writer=False) as services, services.store.read() as db:
        days = destructions.newest(db, limit)
    table = Table("날짜", "연락처", "기록", "시설", "종이 전표", "상태")
    for one in days:
        places = one.counts["facilities"].values()
        slips = sum(place.get("slips", 0) for place in places)
        state = f"{_time(one.finished_at)} 파기" if one.finished_at else f"진행 중({one.stage})"
        scans = sum(place["scans"] for place in places)
        figures = (one.counts["contacts"], scans, len(places), slips)
        table.add_row(one.day.isoformat(), *(f"{many:,}" for many in figures), state)
    Console().print(table)


@receipt.command()
@click.argument("day", type=click.DateTime([DATE]))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(day: datetime, folder: Path) -> None:
    """Write all receipts of a day, and the public key, into a folder."""
    from entry_service.usecases.retention.receipts import public_key_pem, receipt_files

    with opened(writer=False) as services:
        files = receipt_files(services, day.date())
        pem = public_key_pem(services)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    (folder / "receipts.pem").write_text(pem)
    click.echo(f"확인서 {len(files)}개와 공개키: {folder}")


@receipt.command()
def key() -> None:
    """Print the public key with which anybody verifies receipts."""
    from entry_service.usecases.retention.receipts import public_key_pem

    with opened(writer=False) as services:
        click.echo(public_key_pem(services), nl=False)


@receipt.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Public key that `receipt key` printed.",
)
def verify(files: tuple[Path, ...], key_file: Path) -> None:
    """Verify receipt files with the public key alone: no database, anybody can."""
    from entry_service.core.errors import EntryError
    from entry_service.core.receipts import broken_links, read_public_pem
    from entry_service.core.receipts import verify as verified

    public, said, wrong = read_public_pem(key_file.read_bytes()), [], 0
    for file in files:
        try:
            body = verified(file.read_bytes(), public)
        except EntryError as refusal:
            wrong += 1
            click.echo(f"{file.name}: {sentence_of(refusal)}")
            continue
        said.append(body)
        where = body.get("facility_name") or body.get("facility_id") or "전체"
        click.echo(f"{file.name}: 맞습니다. {body['day']} {where}, 출입 기록 {body['scans']:,}건 파기")
    for day in broken_links(said):
        wrong += 1
        click.echo(f"{day}: 앞선 날의 확인서와 이어지지 않습니다.")
    if wrong:
        refuse(f"확인하지 못한 것이 {wrong}개 있습니다.")


def _day_of_trial(settings: Settings, today: datetime | None) -> date | None:
    if settings.demo and today is None:
        refuse("시연 중에는 파기하지 않습니다. 시험하려면 --today 날짜를 지정하시기 바랍니다.")
    if today is not None and not settings.demo:
        refuse("--today는 시연(ENTRY_DEMO=1)에서만 쓸 수 있습니다.")
    return today.date() if today else None


@contextmanager
def _watching() -> Iterator[Any]:
    """Show each day's stages as they are done."""
    from entry_service.usecases.retention.purge_day import STAGES

    with progress() as shown:
        tasks: dict[date, Any] = {}

        def watch(day: date, stage: str) -> None:
            if day not in tasks:
                tasks[day] = shown.add_task(f"{day} 파기", total=len(STAGES))
            shown.update(tasks[day], completed=STAGES.index(stage) + 1)

        yield watch


def _tell_plan(settings: Settings, day: date | None) -> None:
    from entry_service.usecases.retention.purge_plan import plan

    with opened(writer=False, settings=settings) as services:
        planned = plan(services, clock.reading(), today=day)
    _tell_clock(planned.belief)
    Console().print(_table(planned))
    click.echo(f"{planned.first_kept} 이후의 기록은 그대로 둡니다.")
    for name in planned.folders:
        click.echo(f"지울 폴더: {name}")
    _tell_unreadable(planned.unreadable)
    click.echo(f"파기할 확진자 접촉자 파일: {planned.case_files}개")
    for year in planned.subject_years:
        click.echo(f"파기할 감사 대상 열쇠: {year}년")
    click.echo("아무것도 바꾸지 않았습니다.")


def _table(planned: "Plan") -> Table:
    table = Table("날짜", "열쇠", "연락처", *SHOWN_ROWS.values(), "기타")
    for day in planned.days:
        rest = sum(many for name, many in day.rows.items() if name not in SHOWN_ROWS)
        shown = [f"{day.rows.get(name, 0):,}" for name in SHOWN_ROWS]
        table.add_row(day.day.isoformat(), day.key_id or "없음", f"{day.contacts:,}", *shown, f"{rest:,}")
    return table


def _tell(done: "Purged") -> None:
    if not done.days:
        click.echo("파기할 날이 없습니다.")
    else:
        click.echo(f"{done.days[0]}부터 {done.days[-1]}까지 {len(done.days)}일을 파기했습니다.")
        click.echo(f"연락처 {done.contacts:,}건, 출입 기록 {done.scans:,}건")
    if done.case_files:
        click.echo(f"확진자 접촉자 파일 {done.case_files}개를 파기했습니다.")
    for year in done.subject_years:
        click.echo(f"{year}년 감사 대상 열쇠를 파기했습니다.")
    _tell_unreadable(done.unreadable)
    for name in done.backups:
        click.echo(f"지우지 못한 백업: {name}. 폴더의 소유자를 확인하고 직접 지우시기 바랍니다.", err=True)


def _tell_unreadable(names: tuple[str, ...]) -> None:
    for name in names:
        click.echo(f"담은 기간을 알 수 없어 지우지 않은 폴더: {name}. 직접 확인하시기 바랍니다.", err=True)


def _tell_clock(belief: Belief) -> None:
    """Say plainly where the clock is not believed."""
    if belief.clock == "unconfirmed":
        click.echo(
            f"시각이 {_time(belief.floor)}에서 {_time(belief.wall)}으로 앞서갔습니다. 확인하기 전에는 앞선 만큼 "
            "파기하지 않습니다. 시각이 맞으면 `purge --clock-is-right`를 실행하시기 바랍니다.",
            err=True,
        )
    elif belief.clock == "behind":
        click.echo(
            f"시각 {_time(belief.wall)}이 이미 지난 {_time(belief.floor)}보다 늦습니다. 시각을 맞추시기 바랍니다.",
            err=True,
        )


def _time(at: datetime | None) -> str:
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M") if at else ""
