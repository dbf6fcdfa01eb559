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
    from entry_service.usecases.hotspots.asking import NoWatcher, RunBusy
    from entry_service.usecases.hotspots.refresh_results import refresh
    from entry_service.usecases.hotspots.run_analytics import ask_for_run
    from entry_service.usecases.hotspots.run_status import run_status

    def here(work: Callable[[], None]) -> None:
        work()

    def draw() -> str:
        return secrets.token_hex(8)

    now = clock.now()
    with opened(writer=False) as services:
        settings = services.settings
        period = log_period(settings, now)
        every = timedelta(minutes=settings.refresh_minutes)
        try:
            if not if_new:
                ask_for_run(services, period, draw=draw(), now=now, beside=here)
            elif not refresh(services, period, every=every, draw=draw, now=now, beside=here):
                click.echo("새로 들어온 것이 없습니다.")
                return
        except RunBusy as busy:
            click.echo(busy.sentence)
            return
        except NoWatcher as away:
            if not if_new:
                raise
            click.echo(away.sentence)  # the next time a watcher may be there
            return
        progress = run_status(services.settings.results_dir).progress
    if progress is not None and progress.state == "failed" and progress.error:
        refuse(progress.error["ko"])
    click.echo("분석을 요청했습니다. 결과는 /officer/map에 나타납니다.")
