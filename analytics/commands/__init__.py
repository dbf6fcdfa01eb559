"""The commands of the analytics. A refusal is one sentence on standard error and exit code 2; no traceback.

One module a command. None imports pandas or numba before it is called: `--help` need not wait for them.
"""

import click

from .grid import grid
from .hotspots import hotspots
from .plan import plan
from .replay import replay
from .routes import routes
from .scan import scan
from .simulate import simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Mark infection-control hotspots from an entry log (or published routes) and floating population."""


for command in (grid, hotspots, plan, routes, replay, scan, simulate):
    main.add_command(command)
