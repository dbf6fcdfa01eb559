"""`watch`: wait for population files and requests, and run what they ask for."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime

import click
from click.decorators import pass_meta_key

from .options import FILE, FOLDER, Files, Number, judged_by, judging_options, one_sentence

CLOCK = "analytics.clock"
OTHERS = (
    "reports",
    "public",
    "dongs",
    "streets",
    "opening_hours",
    "units",
    "units_code",
    "units_crs",
    "population_units",
    "population_mapping",
)


@click.command(cls=Files)
@click.option("--inbox", type=FOLDER, required=True, help="Folder that population files are put into.")
@click.option("--results", type=FOLDER, required=True, help="Folder of result folders, with request and progress.")
@click.option("--extracts", type=FOLDER, required=True, help="Folder of extracts of the entry log.")
@click.option("--plans", type=FOLDER, help="Folder of plans.  [default: plans, beside the results]")
@click.option(
    "--store", type=FOLDER, help="Where accepted files are kept.  [default: population, beside the inbox]"
)
@click.option("--reports", type=FOLDER, help="Where the reports of each run go; default: none are made.")
@click.option("--public", type=FOLDER, help="Public result to renew with each day that is new; default: none.")
@click.option("--dongs", type=FILE, help="Boundaries of the dongs of both, if the units are others.")
@click.option("--streets", type=FILE, help="Street lines that plans go by; default: straight lines.")
@click.option("--opening-hours", type=FILE, help="Opening hours for plans, CSV; default: learned from the log.")
@click.option("--population", type=FILE, multiple=True, help="Population files that are there from the beginning.")
@click.option("--population-mapping", type=FILE, help="TOML file: the columns of files of no known layout.")
@click.option("--units", type=FILE, required=True, help="Boundaries of the units (GeoJSON, shapefile, …).")
@click.option("--units-code", help="Field of the units' code, if not unit_code, adm_cd2, ….")
@click.option("--units-crs", help="Coordinate system of the units, if the file does not say, such as EPSG:5179.")
@click.option("--population-units", type=FILE, help="Boundaries of the population's units, if --units are others.")
@judging_options
@click.option("--gi-replicates", type=int, default=9_999, show_default=True, help="Draws of the null for Gi*.")
@click.option("--keep", type=click.IntRange(1), default=24, show_default=True, help="Newest results that stay.")
@click.option(
    "--days", type=click.IntRange(1), default=56, show_default=True, help="Days of population that stay."
)
@click.option("--poll", type=Number(0.05), default=1, show_default=True, help="Seconds between two looks.")
@click.option("--settle", type=Number(0), default=2, show_default=True, help="Seconds a file must be still.")
@click.option(
    "--patience", type=Number(0), default=60, show_default=True, help="Seconds until a cut-off file is refused."
)
@click.option("--once", is_flag=True, help="Do what there is to do, and end.")
@click.option("--stop-with-stdin", is_flag=True, help="End when standard input is closed: its starter has ended.")
@pass_meta_key(CLOCK, doc_description="the clock")
def watch(clock: Callable[[], datetime], once: bool, stop_with_stdin: bool, **asked) -> None:
    """Watch an inbox and requests; make a result folder a run and move the pointer `latest`."""
    from ..watch.lock import only_watcher
    from ..watch.settings import Watched
    from ..watch.watcher import Watcher

    results, inbox = asked["results"], asked["inbox"]
    watched = Watched(
        inbox=inbox,
        results=results,
        extracts=asked["extracts"],
        plans=asked["plans"] or results.absolute().parent / "plans",
        store=asked["store"] or inbox.absolute().parent / "population",
        population=asked["population"],
        parameters=judged_by(asked) | {"gi_replicates": asked["gi_replicates"]},
        poll_s=asked["poll"],
        settle_s=asked["settle"],
        patience_s=asked["patience"],
        keep=asked["keep"],
        days=asked["days"],
        **{name: asked[name] for name in OTHERS},
    )
    signal.signal(signal.SIGTERM, _end)
    if stop_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    with one_sentence():
        results.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_watcher(results):
            watcher = Watcher(watched, clock, lambda said: click.echo(said))
            click.echo(f"watching {inbox} for {results}")
            _load()
            while (state := watcher.step()) != "idle" or not once:
                if state != "worked":
                    time.sleep(watched.poll_s)
    sys.exit(1 if watcher.failures else 0)


def _load() -> None:
    """Load the statistics now, so that the first request need not wait for it."""
    from .. import hotspots  # noqa: F401


def _end(*_: object) -> None:
    raise SystemExit(0)


def _end_with_stdin() -> None:
    while os.read(0, 1_024):  # not through a buffer, whose lock would be held at the end
        continue
    os.kill(os.getpid(), signal.SIGTERM)
