"""What the commands share: kinds of options, file lists as shells expand them, and refusals in one sentence."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..refusals import Refused

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])


class Number(click.FloatRange):
    """A finite number in a range."""

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


@contextmanager
def one_sentence() -> Iterator[None]:
    """Print a refusal as one sentence and leave with exit code 2."""
    try:
        yield
    except Refused as refusal:
        click.echo(f"Error: {refusal}", err=True)
        sys.exit(2)
