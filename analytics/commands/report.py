"""`report`: the weekly floating-population report and the daily hotspot brief of a run."""

from pathlib import Path

import click

from .options import FILE, FOLDER, one_sentence


@click.command()
@click.option("--results", type=FOLDER, required=True, help="Result folder of `hotspots`.")
@click.option("--areas", type=FILE, help="Boundaries of the dongs, if the units of the run are others.")
@click.option(
    "--kind",
    type=click.Choice(["weekly", "daily"]),
    multiple=True,
    help="Which report; default: both. Repeatable.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder for the files; other files in it stay.")
def report(results: Path, areas: Path | None, kind: tuple[str, ...], out: Path) -> None:
    """Write reports in Korean: two printed pages (HTML), XLSX, CSV, and a picture for a press sheet."""
    with one_sentence():
        from ..reports.write import KINDS, write_reports  # pandas takes a second to load: --help need not wait

        made = write_reports(results, out, areas=areas, kinds=kind or KINDS)
    for path in made:
        click.echo(str(path))
