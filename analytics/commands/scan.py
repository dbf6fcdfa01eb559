"""`scan`: SaTScan's own files in, its clusters out."""

from datetime import date
from pathlib import Path

import click

from ..folders import assert_can_be_made, assert_no_input
from ..progress import Steps
from ..satscan.dates import date_reader
from .options import FILE, SEED, Number, one_sentence


class Edge(click.ParamType):
    """A day; of a month or year alone, its first or last day."""

    name = "date"

    def __init__(self, side: str) -> None:
        self.side = side

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day, or fail with what is wrong."""
        if isinstance(value, date):
            return value
        try:
            return getattr(date_reader(None, None)(value), self.side)
        except ValueError as error:
            self.fail(f"'{value}' {error}", param, ctx)


@click.command()
@click.option("--cases", type=FILE, required=True, help="Cases (.cas): id, count, date, covariates.")
@click.option(
    "--coordinates", type=FILE, required=True, help="Places (.geo): id, latitude, longitude; or id, x, y."
)
@click.option("--population", type=FILE, help="Poisson: populations (.pop): id, date, population, covariates.")
@click.option("--controls", type=FILE, help="Bernoulli: controls (.ctl), as cases.")
@click.option(
    "--model",
    type=click.Choice(["poisson", "bernoulli", "permutation"]),
    default="poisson",
    show_default=True,
    help="What cases are compared with: population, controls, or each other.",
)
@click.option(
    "--analysis",
    type=click.Choice(["spatial", "space-time", "prospective"]),
    default="spatial",
    show_default=True,
    help="Circles; with runs of intervals; with runs that reach the end.",
)
@click.option("--start", type=Edge("first"), help="First day of the study period; default: of the first case.")
@click.option("--end", type=Edge("last"), help="Last day of the study period; default: of the last case.")
@click.option(
    "--time-unit",
    type=click.Choice(["day", "month", "year", "none"]),
    default="day",
    show_default=True,
    help="Length of an interval; none: dates of cases are not read.",
)
@click.option(
    "--max-population",
    type=Number(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Largest share of a circle, of expected cases, cases, or cases + controls.",
)
@click.option("--max-radius", type=Number(0, min_open=True), help="Widest circle: km, or coordinate units.")
@click.option(
    "--max-duration", type=click.IntRange(1), help="Longest window, time units; default: half the period."
)
@click.option(
    "--coordinates-type",
    type=click.Choice(["latlon", "cartesian"]),
    default="latlon",
    show_default=True,
    help="Degrees, latitude first; or a plane.",
)
@click.option("--replicates", type=click.IntRange(0), default=999, show_default=True, help="Draws of the null.")
@click.option(
    "--stop-after", type=click.IntRange(1), help="Stop when so many draws reach the most likely cluster."
)
@click.option(
    "--first-look", type=Edge("first"), help="Prospective: adjust for a look after each interval since then."
)
@click.option(
    "--iterative", "rounds", type=click.IntRange(1), help="Scan again without the best, so often at most."
)
@click.option("--seed", type=SEED, default=1, show_default=True, help="Same input, same seed, same result.")
@click.option("--json", "out", type=FILE, help="File to write the clusters to.")
def scan(out: Path | None, **asked) -> None:
    """Find clusters in SaTScan's files: Poisson, Bernoulli or permutation; in space, or in space and time."""
    with one_sentence(), Steps() as steps:
        if out is not None:
            assert_can_be_made(out)
            read = ("cases", "coordinates", "population", "controls")
            assert_no_input(out, (asked[name] for name in read))
        steps("reading", 0, 1)
        from ..satscan.asked import Asked  # pandas and numba take seconds to load: --help need not wait
        from ..satscan.run import scan_files

        steps("reading", 1, 1)
        found = scan_files(Asked(**asked), steps)
        if out is not None:
            found.write(out)
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(found.table(), highlight=False)
    for line in found.summary():
        console.print(line, highlight=False, markup=False)
