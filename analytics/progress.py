"""Progress of a run on the terminal: a bar a step; where nobody watches, one line a step."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

STEPS = {
    "reading": "Loading the statistics",
    "extract": "Reading and verifying the extract",
    "population": "Reading floating population",
    "coverage": "Placing facilities, estimating coverage",
    "person_scan": "Scanning for persons (decides hot)",
    "gi_star": "Second opinion: Gi*",
    "visit_scan": "Second opinion: visits",
    "repeat": "Repeating without hospitals",
    "masked": "Repeating with masked figures at most",
    "emerging": "Emerging hot spots and blind spots",
    "unit_hours": "Writing unit hours",
    "footfall": "Writing the layers of the map",
    "maps": "Drawing maps",
    "withhold": "Withholding small counts",
    "scan_files": "Reading SaTScan's files",
    "scan": "Scanning",
    "replay": "Replaying the days",
    "simulate": "Simulating towns",
    "plan_reading": "Reading and verifying results and extract",
    "plan_routes": "Laying routes",
    "plan_sites": "Choosing testing sites",
}


class Steps:
    """Shows steps as they go: `steps(name, done, of)`; use as a context manager."""

    def __init__(self, console: "Console | None" = None) -> None:
        """Write to standard error unless told otherwise."""
        from rich.console import Console  # half of the time that --help would take
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = console or Console(stderr=True)
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> "Steps":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, step: str, done: int, of: int) -> None:
        """Show that `done` of `of` parts of the step are done."""
        if step not in self._tasks:
            title = STEPS.get(step, step)
            self._tasks[step] = self._progress.add_task(title, total=of)
            if not self._console.is_terminal:
                click.echo(f"{title} …", err=True)
        self._progress.update(self._tasks[step], completed=done, total=of)
