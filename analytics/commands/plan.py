"""`plan`: from a result folder to disinfection and visit routes, and testing sites."""

from datetime import datetime
from pathlib import Path

import click

from ..progress import Steps
from .options import FILE, FOLDER, SEED, Number, one_sentence


class Place(click.ParamType):
    """Longitude and latitude in degrees, separated by a comma."""

    name = "lon,lat"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return the place, or fail with what is wrong."""
        if isinstance(value, tuple):
            return value
        try:
            lon, lat = str(value).split(",")
            return float(lon), float(lat)
        except ValueError:
            self.fail(f"'{value}' is no place such as 126.9361,37.3339", param, ctx)


@click.command()
@click.option("--results", type=FOLDER, required=True, help="Result folder of `hotspots`.")
@click.option("--extract", type=FOLDER, required=True, help="The contract folder that it was made from.")
@click.option("--out", type=FOLDER, required=True, help="Plan folder to make; an earlier plan is replaced.")
@click.option("--from", "begin", help="When the teams leave, KST; default: the first 09:00 after the data.")
@click.option("--hours", type=Number(), default=6, show_default=True, help="How long they are out.")
@click.option("--teams", type=int, default=2, show_default=True, help="Teams.")
@click.option("--start", type=Place(), help="Where they leave from; default: Gunpo's health centre, to the dong.")
@click.option("--service-minutes", type=int, default=40, show_default=True, help="Work at a facility.")
@click.option("--visit-minutes", type=int, default=20, show_default=True, help="Work at a hot unit.")
@click.option("--speed", type=Number(), default=25, show_default=True, help="Driving, km/h.")
@click.option("--detour", type=Number(), default=1.3, show_default=True, help="Road ÷ straight line.")
@click.option("--streets", type=FILE, help="Street lines to drive along (GeoJSON, GeoPackage, shapefile).")
@click.option("--opening-hours", type=FILE, help="CSV: facility_id, days, open, close; else learned from the log.")
@click.option("--agent", default="hypochlorite", show_default=True, help="Disinfectant: decides on reopening.")
@click.option(
    "--entry",
    default="opening",
    show_default=True,
    help="opening: within opening hours; agreed: whenever.",
)
@click.option("--sites", type=int, default=2, show_default=True, help="Testing sites to suggest.")
@click.option("--walk", type=Number(), default=800, show_default=True, help="How far people walk to one, metres.")
@click.option("--site-hours", type=int, default=6, show_default=True, help="How long a site is staffed.")
@click.option("--tests", type=int, help="People expected for a test; default: by --test-share.")
@click.option(
    "--test-share", type=Number(), default=0.01, show_default=True, help="Tests an exposed person-hour reached."
)
@click.option("--tests-per-hour", type=Number(), default=6, show_default=True, help="People a testing team takes.")
@click.option("--team-staff", type=int, default=4, show_default=True, help="People of one testing team.")
@click.option("--wait", type=Number(), default=15, show_default=True, help="Mean wait for a test, minutes.")
@click.option("--site-teams", type=int, help="Testing teams of all sites; default: as many as are needed.")
@click.option("--dongs", type=FILE, help="Boundaries of dongs, to count sensitive facilities by dong.")
@click.option("--done", multiple=True, help="A stop_id done that day already, not planned again; may be repeated.")
@click.option("--disinfected", multiple=True, help="A stop_id disinfected since its last case; may be repeated.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Same input, same seed, same plan.")
@click.option(
    "--iterations", type=int, default=1_000, show_default=True, help="Of the routing, which stops there."
)
@click.pass_obj
def plan(now: datetime, results: Path, extract: Path, out: Path, begin: str | None, **asked) -> None:
    """Plan who disinfects and visits what, when, in which order; and where to test whom."""
    with one_sentence(), Steps() as steps:
        steps("reading", 0, 1)
        from ..planning import PlanParameters, make_plan  # pandas takes a second to load: --help need not wait
        from ..planning.parameters import read_begin

        steps("reading", 1, 1)
        asked |= {"speed_kmh": asked.pop("speed"), "walk_m": asked.pop("walk"), "wait_minutes": asked.pop("wait")}
        given = {name: value for name, value in asked.items() if value is not None}
        parameters = PlanParameters(begin=read_begin(begin) if begin else None, **given)
        made = make_plan(results, extract, out, parameters, created=now, progress=steps)
    _tell(made, out)


def _tell(made, out: Path) -> None:
    """Print what was planned, in a few lines."""
    for status in ("planned", "not needed", "left over"):
        click.echo(f"{sum(stop.status == status for stop in made.stops):>6}  {status}")
    for team in made.teams:
        span = f"{team.start:%H:%M}–{team.end:%H:%M}"
        click.echo(f"team {team.team}: {len(team.stops)} stops, {team.kilometres:.1f} km, {span}")
    for site in made.sites:
        click.echo(f"site {site.rank}: {site.unit_code}, {site.start:%H:%M}–{site.until:%H:%M}, {site.share:.0%}")
        crew = f"{site.teams} teams ({site.staff} people)"
        click.echo(f"  about {site.people:.0f} tests, {crew}, mean wait at most {site.wait_minutes:.0f} min")
    for warning in made.warnings:
        click.echo(f"note: {warning.en}")
    click.echo(f"plan: {out / 'plan.json'}")
