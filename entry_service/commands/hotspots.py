"""Ask the watcher of the analytics for hotspots, as the button of the officer's map does."""

import secrets
from collections.abc import Callable

import click

from entry_service import clock

from .shared import opened, refuse


@click.command()
def hotspots() -> None:
    """Write a fresh extract and ask the watcher for a run on it; a timer calls this once an hour.

    While a run is on its way nothing is asked for, and that is no failure.
    """
    from entry_service.usecases.run_analytics import RunBusy, ask_for_run, kept_days
    from entry_service.usecases.run_status import run_status

    def here(work: Callable[[], None]) -> None:
        work()

    now = clock.now()
    with opened(writer=False) as services:
        period = kept_days(now, services.settings.retention_days)
        try:
            ask_for_run(services, period, draw=secrets.token_hex(8), now=now, beside=here)
        except RunBusy as busy:
            click.echo(busy.sentence)
            return
        progress = run_status(services.settings.results_dir).progress
    if progress is not None and progress.state == "failed" and progress.error:
        refuse(progress.error["ko"])
    click.echo("분석을 요청했습니다. 결과는 /officer/map에 나타납니다.")
