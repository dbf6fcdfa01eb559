"""Build the demo city and analyse it. `serve --demo` shows it."""

import os
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entry_service import clock
from entry_service.settings import Settings, read_settings

from .serve import demo_overrides
from .shared import progress, refuse
from .watcher import watch_command

if TYPE_CHECKING:
    from entry_service.demo.build import Built

ROOT = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--reset", is_flag=True, help="Remove the demo city with all that was added, and build it anew.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Same seed, same city.  [default: 20200801]")
@click.option("--scale", type=click.FloatRange(0.01, 10), help="Size; 1 is Gunpo.  [default: 1]")
@click.option("--days", type=click.IntRange(2, 28), help="Days of history from 2020-08-01.  [default: 28]")
@click.option("--analytics/--no-analytics", default=True, help="Whether to compute the hotspots.")
def demo(reset: bool, seed: int | None, scale: float | None, days: int | None, analytics: bool) -> None:
    """Build the demo city: Gunpo in August 2020, simulated. A finished one is left as it is."""
    settings = read_settings(**demo_overrides(set(os.environ)))
    if settings.vault_socket:
        refuse("모의 도시는 금고를 직접 열어야 만들 수 있습니다. ENTRY_VAULT_SOCKET을 비우시기 바랍니다.")
    asked = {"seed": seed, "scale": scale, "days": days}
    built = _build(settings, {name: value for name, value in asked.items() if value is not None}, reset)
    counts = ", ".join(f"{name} {count:,}" for name, count in built.state.counts.items())
    click.echo(f"모의 도시를 {'만들었습니다' if built.fresh else '그대로 씁니다'}: {counts}")
    if analytics and (built.fresh or not (settings.results_dir / "demo" / "summary.json").exists()):
        _analyse(settings)
    if analytics and not (settings.public_dir / "public.json").exists():
        _publish(settings)


def _build(settings: Settings, asked: dict[str, Any], reset: bool) -> "Built":
    """Build the city of the size that was asked for, or keep the finished one if it has that size."""
    from entry_service.demo import state
    from entry_service.demo.build import SEED, build

    size = {"seed": SEED, "scale": 1.0, "days": 28}
    known = state.read_state(settings)
    if known and known.state == "building":
        click.echo("중단된 모의 도시를 지우고 새로 만듭니다.", err=True)
        size = {name: getattr(known, name) for name in size}
    elif known and not reset:
        differs = [name for name, value in asked.items() if getattr(known, name) != value]
        if differs:
            names = ", ".join(differs)
            refuse(f"다른 모의 도시가 이미 있습니다({names}). 새로 만들려면 --reset을 붙이시기 바랍니다.")
    try:
        with progress() as shown:
            return build(settings, now=clock.now(), reset=reset, progress=shown, **{**size, **asked})
    except BrokenProcessPool:
        refuse(
            "연락처를 봉인하던 프로세스가 끝났습니다(기억 용량이 모자랄 수 있습니다). 다시 실행하시기 바랍니다."
        )


def _analyse(settings: Settings) -> None:
    """Run the analytics as a program of its own; the two packages meet only in folders."""
    command = hotspots_command(settings)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
    if done.returncode:
        again = " ".join([sys.executable, *command])
        click.echo(f"핫스팟 분석이 끝나지 않았습니다. 다시 하려면: {again}", err=True)


def _publish(settings: Settings) -> None:
    """Let the watcher do what follows a run, the public result among it, before anybody opens the public map."""
    done = subprocess.run([sys.executable, *watch_command(settings, once=True)], cwd=ROOT, check=False)
    if done.returncode:
        click.echo("공개 결과를 만들지 못했습니다. 서비스를 켜면 다시 만듭니다.", err=True)


def hotspots_command(settings: Settings) -> list[str]:
    """Return the arguments after ``python`` that analyse the demo city, without the days that come later."""
    from entry_service.demo.feed import known_files

    var = settings.var.resolve()
    return [
        *("-m", "analytics", "hotspots", "--extract", str(var / "extract" / "demo")),
        *("--population", *map(str, known_files(settings)), "--units", str(var / "demo" / "units.geojson")),
        *("--out", str(settings.results_dir.resolve() / "demo")),
    ]
