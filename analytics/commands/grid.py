"""`grid`: cells of the national grid over an outline, to run `hotspots` on."""

from pathlib import Path

import click

from ..folders import assert_no_input
from .options import FILE, one_sentence

SIZES = ("50", "100", "250", "500", "1000")


@click.command()
@click.option("--over", type=FILE, required=True, help="Outline: a vector file of any areas, such as dongs.")
@click.option("--over-crs", help="Coordinate system of the outline, if the file does not say, such as EPSG:5179.")
@click.option("--size", type=click.Choice(SIZES), default="100", show_default=True, help="Side of a cell, metres.")
@click.option(
    "--out", type=FILE, required=True, help="File to make, .gpkg or .geojson; an earlier one is replaced."
)
def grid(over: Path, over_crs: str | None, size: str, out: Path) -> None:
    """Make the cells whose centre lies inside an outline, named by the national grid (EPSG:5179)."""
    with one_sentence():
        assert_no_input(out, (over,))
        from ..geography import cells_over, read_outline, write_units  # geopandas takes a second to load

        cells = cells_over(read_outline(over, crs=over_crs), int(size))
        write_units(cells, out)
    click.echo(f"{len(cells)} cells of {size} m, from {cells.index[0]} to {cells.index[-1]}: {out}")
