"""`hotspots`: from an extract and floating population to a result folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from ..progress import Steps
from .options import DAY, FILE, FOLDER, SEED, Files, Number, one_sentence


@click.command(cls=Files)
@click.option(
    "--extract", type=FOLDER, required=True, help="Contract folder: visits and, in profile log, entries."
)
@click.option("--population", type=FILE, required=True, multiple=True, help="Floating-population files.")
@click.option("--population-mapping", type=FILE, help="TOML file: the columns of files of no known layout.")
@click.option("--units", type=FILE, required=True, help="Boundaries of the spatial units (GeoJSON, shapefile, …).")
@click.option("--out", type=FOLDER, required=True, help="Result folder to make; earlier results are replaced.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Same input, same seed, same result.")
@click.option("--replicates", type=int, default=999, show_default=True, help="Draws of the null for the scans.")
@click.option("--gi-replicates", type=int, default=9_999, show_default=True, help="Draws of the null for Gi*.")
@click.option("--alpha", type=Number(), default=0.05, show_default=True, help="hot: p at most this.")
@click.option("--max-days", type=int, default=7, show_default=True, help="Longest window, days.")
@click.option("--max-radius", type=Number(), default=1_500, show_default=True, help="Widest window, metres.")
@click.option("--max-share", type=Number(), default=0.25, show_default=True, help="Largest share of person-hours.")
@click.option("--min-persons", type=int, default=2, show_default=True, help="Fewest persons in a cluster.")
@click.option(
    "--min-person-hours", type=Number(), default=5, show_default=True, help="Fewer to observe: too thin, no data."
)
@click.option("--exclude-category", multiple=True, help="Leave out facilities of this category; repeatable.")
@click.option("--known-by", type=DAY, help="Replay: only what was known by the end of this day.")
@click.option("--units-code", help="Field of the units' code, if not unit_code, adm_cd2, ….")
@click.option("--units-crs", help="Coordinate system of the units, if the file does not say, such as EPSG:5179.")
@click.option("--population-units", type=FILE, help="Boundaries of the population's units, if --units are others.")
@click.option("--door-counts", type=FILE, help="People counted at doors: facility_id, hour, counted.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler to spread the scan over: tcp://host:8786.")
@click.pass_obj
def hotspots(now: datetime, extract: Path, population: tuple[Path, ...], units: Path, out: Path, **asked) -> None:
    """Join log, population and units; write the result folder with map.html, map.png and hotspots.gpkg."""
    with one_sentence(), Steps() as steps:
        steps("reading", 0, 1)
        from ..hotspots import find_hotspots  # pandas and numba take seconds to load: --help need not wait
        from ..parameters import Parameters

        steps("reading", 1, 1)
        known_by = asked["known_by"]
        parameters = Parameters(
            seed=asked["seed"],
            replicates=asked["replicates"],
            gi_replicates=asked["gi_replicates"],
            alpha=asked["alpha"],
            max_days=asked["max_days"],
            max_radius_m=asked["max_radius"],
            max_share=asked["max_share"],
            min_persons=asked["min_persons"],
            min_person_hours=asked["min_person_hours"],
            exclude_categories=tuple(asked["exclude_category"]),
            known_by=known_by.date() if known_by else None,
        )
        given = ("units_code", "units_crs", "population_units", "population_mapping", "door_counts")
        options = {name: asked[name] for name in given} | {"parameters": parameters, "progress": steps}
        with _processors(asked["scheduler"]) as spread:
            findings = find_hotspots(extract, population, units, out, created=now, spread=spread, **options)
    _tell(findings.summary, out)


@contextmanager
def _processors(scheduler: str | None) -> Iterator[Callable]:
    """Give the threads of this machine, or the workers of a Dask cluster."""
    if scheduler is None:
        from ..statistics.persons.plan import spread_over_threads

        yield spread_over_threads
        return
    from ..cluster import dask_cluster

    with dask_cluster(scheduler) as spread:
        yield spread


def _tell(summary: dict, out: Path) -> None:
    """Print what was found, in a few lines."""
    rows, units, population = summary["rows"], summary["units"], summary["population"]
    click.echo(f"visits: {rows['read']} read, {rows['kept']} judged ({rows['persons']} persons)")
    for reason, count in rows["rejected"].items():
        click.echo(f"  {count:>6}  {reason}")
    shared = ", interpolated" if population["interpolated"] else ""
    click.echo(f"population: {population['joined']} units joined, {len(population['lost'])} lost{shared}")
    click.echo(
        f"units: {units['hot']} hot, {units['not significant']} not significant, {units['no data']} no data"
    )
    for warning in summary["warnings"]:
        click.echo(f"note: {warning['en']}")
    if summary["masked"]:
        masked = summary["masked"]
        click.echo(
            f"masked unit-hours at their upper bound: {len(masked['hot'])} hot "
            f"({len(masked['no_longer_hot'])} no longer, {len(masked['newly_hot'])} new)"
        )
    if summary["repeat"]:
        repeat = summary["repeat"]
        click.echo(
            f"without {repeat['without']}: {len(repeat['hot'])} hot "
            f"({len(repeat['no_longer_hot'])} no longer, {len(repeat['newly_hot'])} new)"
        )
    click.echo(f"results: {out}{'/' if not str(out).endswith('/') else ''}map.html")
