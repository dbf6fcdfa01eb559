"""`replay`: what would have been marked day by day, on what was known by the end of each day."""

import json
from datetime import datetime
from pathlib import Path

import click

from ..folders import assert_can_be_made, assert_no_input
from ..progress import Steps
from .options import DAY, FILE, FOLDER, SEED, Files, Number, one_sentence

MORE_FILES = ("population_mapping", "population_units")
SHOWN = 4  # names of units in a row of the table


@click.command(cls=Files)
@click.option("--routes", type=FOLDER, required=True, help="Published list: PatientInfo.csv, PatientRoute.csv.")
@click.option("--population", type=FILE, required=True, multiple=True, help="Floating-population files.")
@click.option("--population-mapping", type=FILE, help="TOML file: the columns of files of no known layout.")
@click.option("--units", type=FILE, required=True, help="Boundaries of the spatial units (GeoJSON, shapefile, …).")
@click.option("--from", "first", type=DAY, required=True, help="First day of the replay.")
@click.option("--to", "last", type=DAY, required=True, help="Last day of the replay.")
@click.option("--json", "out", type=FILE, required=True, help="File to write, with all clusters of all days.")
@click.option("--province", help="Only visits in this province, as the list spells it, such as Seoul.")
@click.option("--days", type=int, default=28, show_default=True, help="Judge visits of so many last days.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Same input, same seed, same result.")
@click.option("--replicates", type=int, default=999, show_default=True, help="Draws of the null, each day.")
@click.option("--alpha", type=Number(), default=0.05, show_default=True, help="significant: p at most this.")
@click.option("--max-days", type=int, default=7, show_default=True, help="Longest window, days.")
@click.option("--max-radius", type=Number(), default=1_500, show_default=True, help="Widest window, metres.")
@click.option("--max-share", type=Number(), default=0.25, show_default=True, help="Largest share of person-hours.")
@click.option("--min-persons", type=int, default=2, show_default=True, help="Fewest persons in a cluster.")
@click.option("--units-code", help="Field of the units' code, if not unit_code, adm_cd2, ….")
@click.option("--units-crs", help="Coordinate system of the units, if the file does not say, such as EPSG:5179.")
@click.option("--population-units", type=FILE, help="Boundaries of the population's units, if --units are others.")
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
            parameters=Parameters(
                seed=asked["seed"],
                replicates=asked["replicates"],
                alpha=asked["alpha"],
                max_days=asked["max_days"],
                max_radius_m=asked["max_radius"],
                max_share=asked["max_share"],
                min_persons=asked["min_persons"],
            ),
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
