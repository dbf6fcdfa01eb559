"""Runs of the analytics for test_openapi.py: how to bring about what only these operations refuse."""

import fcntl
import threading
from contextlib import contextmanager

from tests.demo.result_fixture import write_results


@contextmanager
def watcher(results):
    """Hold the lock that a watcher of the analytics holds while it lives."""
    results.mkdir(parents=True, exist_ok=True)
    with (results / "watch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def extracted():
    """Wait until no extract is being written."""
    for thread in threading.enumerate():
        if thread.name == "extract":
            thread.join()


def as_officer(caller, **options):
    client = caller.signed_in("officer")
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    return caller.call(client=client, headers={"X-CSRFToken": token}, **options)


def with_result(caller):
    if not (caller.settings.results_dir / "run-1").exists():
        write_results(caller.settings.results_dir / "run-1")


def csrf(caller):
    return caller.call(client=caller.signed_in("officer"), headers={})


def bad_input(caller):
    return as_officer(caller, body={**caller.body(), "surprise": 1})


def too_large(caller):
    content = b"x" * (caller.settings.max_body + 1)
    return as_officer(caller, data=content, content_type="application/json")


def wrong_media_type(caller):
    return as_officer(caller, data="{}", content_type="text/plain")


def no_watcher(caller):
    with_result(caller)
    return as_officer(caller)


def run_busy(caller):
    with_result(caller)
    with watcher(caller.settings.results_dir):
        as_officer(caller)
        refused = as_officer(caller)
        extracted()
    return refused


def unavailable(caller):
    """Call while nothing can be written beside the results."""
    with_result(caller)
    (caller.settings.results_dir / "asking.lock").mkdir()
    with watcher(caller.settings.results_dir):
        return as_officer(caller)


BOTH = {
    "csrf": csrf,
    "no_watcher": no_watcher,
    "run_busy": run_busy,
    "unavailable": unavailable,
    "bad_input": bad_input,
    "too_large": too_large,
    "wrong_media_type": wrong_media_type,
    "not_found": as_officer,
}
WAYS = {(f"run_api.{view}", code): way for view in ("run_now", "plan_now") for code, way in BOTH.items()}
