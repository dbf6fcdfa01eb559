"""`import-routes`: from a published list of patients' routes to an extract."""

from datetime import datetime
from pathlib import Path

import click

from .options import DAY, FOLDER, SEED, one_sentence


@click.command("import-routes")
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="Contract folder to make.")
@click.option("--known-by", type=DAY, help="Only patients confirmed by the end of this day.")
@click.option("--province", help="Only visits in this province, as the list spells it, such as Seoul.")
@click.option("--seed", type=SEED, help="Order in which persons are numbered; by default drawn anew.")
@click.pass_obj
def routes(
    now: datetime, folder: Path, out: Path, known_by: datetime | None, province: str | None, seed: int | None
) -> None:
    """Turn a published patient-route list into a contract folder for `hotspots`."""
    with one_sentence():
        from ..import_routes import import_routes
        from ..version import code_version

        day = known_by.date() if known_by else None
        told = import_routes(
            folder, out, known_by=day, province=province, created=now, code_version=code_version(), seed=seed
        )
    click.echo(f"{told['rows_read']} rows read")
    for rule in told["rules"]:
        click.echo(f"  {rule['rows']:>6}  {rule['rule']}")
    click.echo(f"{told['visits']} visits of {told['persons']} persons to {told['facilities']} places: {out}")
    click.echo(
        f"  {told['hospital']['visits']:>6}  of these at hospitals: kept; `hotspots` is repeated without them"
    )
