"""Learn the usual stay of each category from check-outs; the service does the same once a day."""

from datetime import datetime

import click

from entry_service import clock
from entry_service.core.categories import CATEGORIES

from .shared import KoreanTime, opened


@click.command("learn-dwell")
@click.option(
    "--as-of", type=KoreanTime(end_of_day=True), help="Learn from the 28 days before this, KST. Default: now."
)
def learn(as_of: datetime | None) -> None:
    """Learn the usual stay of each category from the check-outs of 28 days, and go by it from now on."""
    from entry_service.usecases.doors.learn_dwell import learn_dwell

    with opened() as services:
        learned = learn_dwell(services, min(as_of or clock.now(), clock.now()))
    for category, one in sorted(learned.items()):
        known = CATEGORIES[category]
        click.echo(f"{known.korean}: {one.minutes:.0f}분(가정 {known.dwell_minutes}분, 퇴장 기록 {one.stays:,}건)")
    rest = len(CATEGORIES) - len(learned)
    click.echo(f"퇴장 기록이 적어 가정한 체류시간을 그대로 쓰는 분류: {rest}개")
