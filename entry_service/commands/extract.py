"""Write the extract for the analytics."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from entry_service import clock
from entry_service.core.times import day_start, kst_day

from .shared import KoreanTime, opened, progress

DAYS = 28  # as long as the log is kept


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Contract folder to make; an earlier extract there is replaced.",
)
@click.option(
    "--as-of",
    type=KoreanTime(end_of_day=True),
    help="Only what was known then, KST; a date: at its end. Default: now.",
)
@click.option(
    "--reuse",
    type=click.Path(path_type=Path),
    help="Earlier extract; its days that cannot have changed are taken over. Not with --as-of.",
)
@click.option("--start", type=KoreanTime(), help="First hour, KST. Default: 28 days before the end.")
@click.option("--end", type=KoreanTime(), help="First hour no longer in it, KST. Default: the last midnight.")
def extract(
    out: Path, as_of: datetime | None, reuse: Path | None, start: datetime | None, end: datetime | None
) -> None:
    """Write facility hours and index visits, without visitor, pass or case, for `python -m analytics hotspots`."""
    from entry_service.usecases.hotspots.extract import write_extract

    if as_of is not None and reuse is not None:
        raise click.UsageError("--reuse takes over what is known now, --as-of asks what was known then: use one.")
    now = clock.now()
    known_by = min(as_of or now, now)
    until = end or day_start(kst_day(known_by))
    begin = start or until - timedelta(days=DAYS)
    with opened(writer=False) as services, progress() as shown:
        task = shown.add_task("출입 기록을 추출합니다", total=100)
        told = write_extract(
            services,
            out,
            as_of=known_by,
            start=begin,
            end=until,
            created=now,
            previous=reuse,
            told=lambda part: shown.update(task, completed=round(100 * part)),
        )
    click.echo(f"시설 {told.facilities}곳, 시설·시간 {told.facility_hours:,}개, 입장 {told.entries:,}건")
    click.echo(f"지표 방문 {told.index_visits}건(확진자 {told.index_persons}명)")
    click.echo("집계하지 않은 시설·시간: " + ", ".join(f"{why} {count:,}" for why, count in told.missing.items()))
    if reuse is not None:
        click.echo(f"이전 추출본에서 가져온 날: {told.days_taken_over}일")
    click.echo(f"추출본: {out}")
