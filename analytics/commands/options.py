"""What the commands share: kinds of options, file lists as shells expand them, and refusals in one sentence."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from ..refusals import Refused

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])


class Number(click.FloatRange):
    """A finite number, in a range where one is given."""

    name = "number"

    def _describe_range(self) -> str:
        return super()._describe_range() if (self.min, self.max) != (None, None) else ""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; NaN lies in no range."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


SEED = click.IntRange(0)


class Files(click.Command):
    """A command whose option `--population` takes every file name that follows it, as shells expand a pattern."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each further file name."""
        spread, taking = [], False
        for argument in args:
            if argument.startswith("-"):
                taking = argument == "--population"
                spread.append(argument)
            elif taking and spread[-1] != "--population":
                spread += ["--population", argument]
            else:
                spread.append(argument)
        return super().parse_args(ctx, spread)


def study_options(command: Callable) -> Callable:
    """Add the options that say who was where: population and units."""
    for option in reversed(
        (
            click.option(
                "--population", type=FILE, required=True, multiple=True, help="Floating-population files."
            ),
            click.option(
                "--population-mapping", type=FILE, help="TOML file: the columns of files of no known layout."
            ),
            click.option(
                "--units", type=FILE, required=True, help="Boundaries of the units (GeoJSON, shapefile, …)."
            ),
            click.option("--units-code", help="Field of the units' code, if not unit_code, adm_cd2, …."),
            click.option(
                "--units-crs", help="Coordinate system of the units, if the file does not say, such as EPSG:5179."
            ),
            click.option(
                "--population-units",
                type=FILE,
                help="Boundaries of the population's units, if --units are others.",
            ),
        )
    ):
        command = option(command)
    return command


def judging_options(command: Callable) -> Callable:
    """Add the options of the person-based scan; `judged_by` makes parameters of them."""
    for option in reversed(
        (
            click.option(
                "--seed", type=SEED, default=1, show_default=True, help="Same input and seed, same result."
            ),
            click.option("--replicates", type=int, default=999, show_default=True, help="Draws of the null."),
            click.option("--alpha", type=Number(), default=0.05, show_default=True, help="hot: p at most this."),
            click.option("--max-days", type=int, default=7, show_default=True, help="Longest window, days."),
            click.option(
                "--max-radius", type=Number(), default=1_500, show_default=True, help="Widest window, metres."
            ),
            click.option(
                "--max-share",
                type=Number(),
                default=0.25,
                show_default=True,
                help="Largest share of person-hours.",
            ),
            click.option(
                "--min-persons", type=int, default=2, show_default=True, help="Fewest persons in a cluster."
            ),
        )
    ):
        command = option(command)
    return command


def judged_by(asked: Mapping[str, object]) -> dict[str, object]:
    """Return what `judging_options` were given, by the names of analytics.parameters.Parameters."""
    same = ("seed", "replicates", "alpha", "max_days", "max_share", "min_persons")
    return {name: asked[name] for name in same} | {"max_radius_m": asked["max_radius"]}


@contextmanager
def one_sentence() -> Iterator[None]:
    """Print a refusal as one sentence and leave with exit code 2."""
    try:
        yield
    except Refused as refusal:
        click.echo(f"Error: {refusal}", err=True)
        sys.exit(2)
