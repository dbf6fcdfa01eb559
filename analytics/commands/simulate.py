"""`simulate`: planted outbreaks and equal risk, judged with every method."""

import json
from pathlib import Path

import click

from ..folders import assert_can_be_made
from ..progress import Steps
from .options import FILE, one_sentence


@click.command()
@click.option("--scenario", multiple=True, help="Scenario to run, or all; repeatable. Names: --list.")
@click.option("--list", "names", is_flag=True, help="Print the scenarios and leave.")
@click.option("--runs", type=click.IntRange(1), default=100, show_default=True, help="Towns of each scenario.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same towns.")
@click.option("--replicates", type=int, default=199, show_default=True, help="Draws of the null in each town.")
@click.option("--json", "out", type=FILE, help="File to write the scores to.")
def simulate(
    scenario: tuple[str, ...], names: bool, runs: int, seed: int, replicates: int, out: Path | None
) -> None:
    """Say what the map is worth: power, false alarms and localisation error, beside Gi* and a density map."""
    with one_sentence(), Steps() as steps:
        if out is not None:
            assert_can_be_made(out)
        from ..parameters import Parameters  # pandas and numba take seconds to load: --help need not wait
        from ..simulation.contest import simulate as run_all
        from ..simulation.scenarios import SCENARIOS, chosen

        if names:
            for one in SCENARIOS.values():
                click.echo(f"{one.name:16} {one.expected:9} {one.title}")
            return
        told = run_all(
            chosen(scenario),
            runs=runs,
            seed=seed,
            parameters=Parameters(replicates=replicates, seed=seed),
            progress=lambda done, of: steps("simulate", done, of),
        )
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
            out.write_text(text + "\n", encoding="utf-8")
    _tell(told)


def _tell(told: dict) -> None:
    """Print one table a scenario."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=120)
    for name in dict.fromkeys(row["scenario"] for row in told["scores"]):
        rows = [row for row in told["scores"] if row["scenario"] == name]
        table = Table(
            title=f"{name}: {rows[0]['runs']} towns, expected: {rows[0]['expected']}", title_justify="left"
        )
        for column in ("method", "alarms", "95 % interval", "found", "units found", "right", "distance", "days"):
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(
                row["method"],
                f"{row['alarms'] / row['runs']:.0%}",
                f"{row['low']:.1%} – {row['high']:.1%}",
                *(_share(row[key]) for key in ("found", "units_found", "units_right")),
                "" if row["distance_m"] is None else f"{row['distance_m']:.0f} m",
                _share(row["days_overlap"]),
            )
        console.print(table)
    for note in told["notes"]:
        click.echo(f"note: {note}")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
