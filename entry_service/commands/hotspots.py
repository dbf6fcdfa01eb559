"""Ask the watcher of the analytics for hotspots, as the button of the officer's map does."""

import secrets
from collections.abc import Callable
from datetime import timedelta

import click

from entry_service import clock

from .shared import opened, refuse


@click.command()
@click.option("--if-new", is_flag=True, help="Only if the newest extract is older than that and lacks something.")
def hotspots(if_new: bool) -> None:
    """Write a fresh extract and ask the watcher for a run on it; a timer calls this every five minutes.

    While a run is on its way nothing is asked for, and that is no failure.
    """
    from entry_service.log_period import log_period
    from entry_service.usecases.refresh_results import is_due
    from entry_service.usecases.run_analytics import RunBusy, ask_for_run
    from entry_service.usecases.run_status import run_status

    def here(work: Callable[[], None]) -> None:
        work()

    now = clock.now()
    with opened(writer=False) as services:
        settings = services.settings
        period = log_period(settings, now)
        if if_new and not is_due(services, period, every=timedelta(minutes=settings.refresh_minutes), now=now):
            click.echo("새로 들어온 것이 없습니다.")
            return
        try:
            ask_for_run(services, period, draw=secrets.token_hex(8), now=now, beside=here)
        except RunBusy as busy:
            click.echo(busy.sentence)
            return
        progress = run_status(services.settings.results_dir).progress
    if progress is not None and progress.state == "failed" and progress.error:
        refuse(progress.error["ko"])
    click.echo("분석을 요청했습니다. 결과는 /officer/map에 나타납니다.")
