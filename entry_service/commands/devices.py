"""Staff devices: see them, end one."""

import click

from entry_service import clock
from entry_service.core.times import KST

from .shared import opened


@click.group()
def device() -> None:
    """Staff devices: list, revoke."""


@device.command("list")
@click.argument("facility_id")
def list_(facility_id: str) -> None:
    """List the devices of a facility: id, name, enrolled, revoked."""
    from entry_service.store.sites import devices, facilities

    with opened(writer=False) as services, services.store.read() as db:
        facilities.get(db, facility_id)
        for record in devices.all(db, facility_id):
            ended = record.device.revoked_at
            times = [
                at.astimezone(KST).strftime("%Y-%m-%d %H:%M") if at else "-" for at in (record.created_at, ended)
            ]
            click.echo("\t".join([record.device.device_id, record.device.name, *times]))


@device.command()
@click.argument("facility_id")
@click.argument("device_id")
def revoke(facility_id: str, device_id: str) -> None:
    """End a device; it is refused at its next contact."""
    from entry_service.usecases.sites.roll_out import revoke_device

    with opened() as services:
        revoke_device(services, facility_id, device_id, now=clock.now())
    click.echo("기기를 해지했습니다.")
