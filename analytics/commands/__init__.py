"""The commands of the analytics. A refusal is one sentence on standard error and exit code 2; no traceback.

One module a command. None imports pandas or numba before it is called: `--help` need not wait for them.
"""

import click

from .grid import grid
from .hotspots import hotspots
from .plan import plan
from .replay import replay
from .report import report
from .routes import routes
from .scan import scan
from .simulate import simulate
from .watch import CLOCK, watch


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.pass_context
def main(context: click.Context) -> None:
    """Mark infection-control hotspots from an entry log (or published routes) and floating population."""
    if callable(context.obj):  # the clock: `watch` asks it again and again, the others work at one moment
        context.meta[CLOCK] = context.obj
        context.obj = context.obj()


for command in (grid, hotspots, plan, routes, replay, report, scan, simulate, watch):
    main.add_command(command)
