"""The commands of the service: a table of contents. A refusal is a sentence on standard error, no traceback.

Exit codes: 0 done; 1 refused, for a reason that lies in the state of things; 2 what was typed or set is wrong.
"""

import os

import click

from .commands import (
    accounts,
    audit,
    backups,
    calls,
    demo,
    devices,
    doctor,
    drills,
    extract,
    facilities,
    hotspots,
    learn_dwell,
    migrate,
    move,
    purge,
    reports,
    serve,
    sunset,
    vault,
)
from .commands.shared import Sentences


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Electronic entry log (전자출입명부) of a city's multi-use facilities."""
    os.umask(0o077)  # databases, keys, extracts and results are for their owner alone


for command in (
    migrate.migrate,
    move.move_to_postgres,
    serve.serve,
    demo.demo,
    extract.extract,
    hotspots.hotspots,
    learn_dwell.learn,
    accounts.account,
    facilities.facility,
    devices.device,
    calls.call,
    vault.vault,
    purge.purge,
    purge.receipt,
    audit.audit,
    backups.backup,
    doctor.doctor,
    drills.drill,
    sunset.sunset,
    reports.report,
):
    main.add_command(command)
