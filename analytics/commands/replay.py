"""`replay`: what would have been marked day by day, on what was known by the end of each day."""

import json
from datetime import datetime
from pathlib import Path

import click

from ..folders import assert_can_be_made, assert_no_input
from ..progress import Steps
from .options import DAY, FILE, FOLDER, Files, judged_by, judging_options, one_sentence, study_options

MORE_FILES = ("population_mapping", "population_units")
SHOWN = 4  # names of units in a row of the table


@click.command(cls=Files)
@click.option("--routes", type=FOLDER, required=True, help="Published list: PatientInfo.csv, PatientRoute.csv.")
@study_options
@click.option("--from", "first", type=DAY, required=True, help="First day of the replay.")
@click.option("--to", "last", type=DAY, required=True, help="Last day of the replay.")
@click.option("--json", "out", type=FILE, required=True, help="File to write, with all clusters of all days.")
@click.option("--province", help="Only visits in this province, as the list spells it, such as Seoul.")
@click.option("--days", type=int, default=28, show_default=True, help="Judge visits of so many last days.")
@judging_options
def replay(routes: Path, population: tuple[Path, ...], units: Path, first: datetime, last: datetime, **asked):
    """Replay an outbreak: what the scan would have marked as of each day, and how late."""
    out = asked["out"]
    with one_sentence(), Steps() as steps:
        assert_can_be_made(out)
        assert_no_input(out, (routes, *population, units, *(asked[name] for name in MORE_FILES)))
        steps("reading", 0, 1)
        from ..parameters import Parameters
        from ..replay import replay as replay_days  # pandas and numba take seconds to load: --help need not wait

        steps("reading", 1, 1)
        told = replay_days(
            routes,
            population,
            units,
            first=first.date(),
            last=last.date(),
            days=asked["days"],
            province=asked["province"],
            parameters=Parameters(**judged_by(asked)),
            units_code=asked["units_code"],
            units_crs=asked["units_crs"],
            **{name: asked[name] for name in MORE_FILES},
            progress=steps,
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    _tell(told, out)


def _tell(told: dict, out: Path) -> None:
    """Print the clusters that became significant, one row each."""
    from rich.console import Console
    from rich.table import Table

    days, marked = told["days"], told["marked"]
    click.echo(f"{len(days)} days, {days[0]['as_of']} to {days[-1]['as_of']}; {len(marked)} clusters marked")
    visits, left = [day["visits"] for day in days], [sum(day["left_out"].values()) for day in days]
    click.echo(
        f"{told['routes']['rows_read']} rows read; {min(visits)} to {max(visits)} visits judged a day, "
        f"{min(left)} to {max(left)} left out (reasons: {out.name})"
    )
    table = Table()
    for name in ("marked", "days", "confirmed", "delay", "visits", "persons", "expected", "p", "masked"):
        table.add_column(name, no_wrap=True)
    table.add_column("units", overflow="fold")
    for row in marked:
        names = [name.split()[-1] for name in row["names"] if name] or row["units"]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        table.add_row(
            row["first_marked"][5:],
            str(row["days_marked"]),
            row["first_confirmed"][5:],
            f"{row['delay_days']} d",
            f"{row['start'][5:]}/{row['end'][5:]}",
            f"{row['distinct_persons']} → {row['most_persons']}",
            f"{row['expected']:.2f}",
            f"{row['p_value']:.3f}",
            "decides" if row["depends_on_masked"] else "",
            ", ".join(names[:SHOWN]) + more,
        )
    if marked:
        Console(width=120).print(table)
    for day in days:
        for fate in ("no_longer_marked", "newly_marked") if day["masked"] else ():
            if units := day["masked"][fate]:
                click.echo(f"{day['as_of']}, masked figures at most: {fate.replace('_', ' ')} {', '.join(units)}")
    for note in told["notes"]:
        click.echo(f"note: {note}")
    click.echo(f"all clusters of all days: {out}")
