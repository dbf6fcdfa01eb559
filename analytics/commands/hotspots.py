"""`hotspots`: from an extract and floating population to a result folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from ..progress import Steps
from .options import DAY, FILE, FOLDER, Files, Number, judged_by, judging_options, one_sentence, study_options
from .publishing import assert_fits, publish_as_asked, publishing_options, tell_public


@click.command(cls=Files)
@click.option(
    "--extract", type=FOLDER, required=True, help="Contract folder: visits and, in profile log, entries."
)
@study_options
@click.option("--out", type=FOLDER, required=True, help="Result folder to make; earlier results are replaced.")
@judging_options
@click.option("--gi-replicates", type=int, default=9_999, show_default=True, help="Draws of the null for Gi*.")
@click.option(
    "--min-person-hours", type=Number(), default=5, show_default=True, help="Fewer to observe: too thin, no data."
)
@click.option("--exclude-category", multiple=True, help="Leave out facilities of this category; repeatable.")
@click.option("--known-by", type=DAY, help="Replay: only what was known by the end of this day.")
@click.option("--door-counts", type=FILE, help="People counted at doors: facility_id, hour, counted.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler to spread the scan over: tcp://host:8786.")
@publishing_options
@click.pass_context
@click.pass_obj
def hotspots(now: datetime, context: click.Context, **asked) -> None:
    """Join log, population and units; write the result folder with map.html, map.png and hotspots.gpkg."""
    assert_fits(context)
    inputs = [asked[name] for name in ("extract", "population", "units", "out")]
    with one_sentence(), Steps() as steps:
        steps("reading", 0, 1)
        from ..hotspots import find_hotspots  # pandas and numba take seconds to load: --help need not wait
        from ..parameters import Parameters

        steps("reading", 1, 1)
        known_by = asked["known_by"]
        parameters = Parameters(
            **judged_by(asked),
            gi_replicates=asked["gi_replicates"],
            min_person_hours=asked["min_person_hours"],
            exclude_categories=tuple(asked["exclude_category"]),
            known_by=known_by.date() if known_by else None,
        )
        given = ("units_code", "units_crs", "population_units", "population_mapping")
        options = {name: asked[name] for name in given} | {"parameters": parameters, "progress": steps}
        with _processors(asked["scheduler"]) as spread:
            if asked["publish"]:
                told = publish_as_asked(asked, inputs, created=now, spread=spread, **options)
            else:
                options["door_counts"] = asked["door_counts"]
                found = find_hotspots(*inputs, created=now, spread=spread, **options)
    if asked["publish"]:
        tell_public(told, asked["out"])
    else:
        _tell(found.summary, asked["out"])


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
