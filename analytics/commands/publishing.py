"""The options of `hotspots --publish`, and what it prints."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from .options import FILE, FOLDER

OWN = ("k", "dongs", "earlier", "register", "new_register", "entries_after", "index_visits_after")
DAYS = click.IntRange(0)


def publishing_options(command: Callable) -> Callable:
    """Give a command the options of a publication."""
    for option in (
        click.option("--publish", is_flag=True, help="Make the public result instead: by dong, day, category."),
        click.option(
            "--k", type=click.IntRange(2), default=10, show_default=True, help="Smallest count published."
        ),
        click.option("--dongs", type=FILE, help="Boundaries of the dongs to publish by, if --units are others."),
        click.option("--earlier", type=FOLDER, multiple=True, help="Another public result that is still kept."),
        click.option(
            "--register",
            type=FOLDER,
            help="All that was ever published.  [default: public-register, beside --out]",
        ),
        click.option("--new-register", is_flag=True, help="The register is lost: begin one with what is there."),
        click.option(
            "--entries-after", type=DAYS, default=2, show_default=True, help="Days until entries come out."
        ),
        click.option(
            "--index-visits-after", type=DAYS, default=14, show_default=True, help="The same for visits of cases."
        ),
    ):
        command = option(command)
    return command


def assert_fits(context: click.Context) -> None:
    """Refuse options of a publication without `--publish`, and those that mean nothing with it."""
    publishing = context.params["publish"]
    lost = ("door_counts",) if publishing else OWN
    for name in lost:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            word = "means nothing with" if publishing else "needs"
            raise click.UsageError(f"--{name.replace('_', '-')} {word} --publish")


def publish_as_asked(asked: Mapping, inputs: Sequence, **options) -> dict[str, object]:
    """Write the public result with the options of the command."""
    from ..publish.counts import Rules
    from ..publish.run import publish

    rules = Rules(**{name: asked[name] for name in ("k", "entries_after", "index_visits_after")})
    own = {name: asked[name] for name in ("dongs", "earlier", "register", "new_register")}
    return publish(*inputs, rules=rules, **own, **options)


def tell_public(told: dict, out: Path) -> None:
    """Print what came out, in a few lines."""
    words = [dong["word"] for dong in told["dongs"]]
    click.echo(
        f"dongs: {', '.join(f'{words.count(word)} {word}' for word in ('hot', 'not significant', 'no data'))}"
    )
    for measure, cells in told["cells"].items():
        click.echo(f"{measure}: {', '.join(f'{count} {status}' for status, count in sorted(cells.items()))}")
    click.echo(f"audited: no count from {told['k'] - 1} down can be worked out")
    click.echo(f"public result: {out / 'public.json'}, publication {told['number']} of the register")
