"""How long the analytics take to show help, beside a bare Python: what every run pays before it begins.

Run as ``PYTHONPATH=. python benchmarks/start_up.py [REPEATS]``. Prints medians; the target is a second. On a busy
machine read the processor time: that of a quiet one is not much longer.
"""

import resource
import statistics
import subprocess
import sys
import time

TARGET = 1.0
COMMANDS = {"bare python": ["-c", "pass"], "python + click + rich": ["-c", "import click, rich.progress"]}


def median_seconds(arguments: list[str], repeats: int) -> tuple[float, float]:
    """Return medians of wall-clock and processor time of so many runs, after one that fills the caches."""
    times = []
    for _ in range(repeats + 1):
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append((time.perf_counter() - started, used))
    return tuple(statistics.median(column) for column in zip(*times[1:], strict=True))


def main() -> None:
    """Measure each command in turn."""
    from analytics.commands import main as analytics

    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    helps = {f"analytics {name} --help": ["-m", "analytics", name, "--help"] for name in analytics.commands}
    bare = None
    for name, arguments in {**COMMANDS, **helps}.items():
        wall, used = median_seconds(arguments, repeats)
        bare = bare or used
        word = "" if used <= TARGET else "  over the target"
        print(f"{name:<32} wall {wall:6.3f} s  processor {used:6.3f} s  {used / bare:5.1f} × bare{word}")


if __name__ == "__main__":
    main()
