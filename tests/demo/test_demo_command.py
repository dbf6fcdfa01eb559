"""`demo` builds and analyses, `serve --demo` shows it; the two programs meet only in folders."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from entry_service.cli import main
from entry_service.commands import demo as command
from entry_service.usecases.hotspots.run_status import is_held
from tests.test_cli_serve import ROOT, free_port, serving, stop
from tests.watch.watching import until

SIZE = ("--scale", "0.02", "--days", "3")


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var"


def run(var: Path, *words: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ENTRY_")}
    return subprocess.run(
        [sys.executable, "-m", "entry_service", "demo", *words],
        cwd=ROOT,
        env={**clean, "ENTRY_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.fixture(scope="module")
def built(var) -> subprocess.CompletedProcess:
    done = run(var, *SIZE)
    assert done.returncode == 0, done.stderr
    return done


def test_the_results_of_the_analytics_are_where_the_service_looks(var, built):
    results = var / "results" / "demo"
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert {path.name for path in results.iterdir()} >= {"hotspots.geojson", "map.html", "summary.json"}
    assert summary["rows"]["read"] > 0
    assert "map.html" in built.stdout


def test_the_public_result_is_made_by_the_watchers_own_way(var, built):
    told = json.loads((var / "public" / "public.json").read_text(encoding="utf-8"))
    assert (told["number"], told["period"]["last_day"]) == (1, "2020-08-03")
    assert (var / "public-register" / "register.jsonl").read_bytes().count(b"\n") == 1
    assert (var / "reports" / "demo" / "datapackage.json").is_file()
    followed = json.loads((var / "results" / "followed.json").read_text(encoding="utf-8"))
    assert followed["public_result"]["state"] == "done"


def test_progress_of_every_long_step_is_told(built):
    steps = ("도시와", "유동인구", "출입 기록을 적습니다", "봉인", "확진자", "추출")
    assert [step for step in steps if step not in built.stderr] == []


def test_the_second_run_does_nothing_again(var, built):
    before = (var / "results" / "demo" / "summary.json").stat().st_mtime_ns
    begun = time.monotonic()
    again = run(var)
    assert again.returncode == 0
    assert "그대로 씁니다" in again.stdout
    assert time.monotonic() - begun < 60
    assert (var / "results" / "demo" / "summary.json").stat().st_mtime_ns == before


def test_another_size_asks_for_a_reset(var, built):
    refused = run(var, "--scale", "0.05")
    assert refused.returncode == 1
    assert "--reset" in refused.stderr
    assert "scale" in refused.stderr


def test_serve_shows_addresses_and_sign_ins_whole(var, built):
    sign_ins = json.loads((var / "demo" / "sign-ins.json").read_text(encoding="utf-8"))
    port = free_port()
    with serving(var, "--demo", port=port) as server:
        out, err = stop(server)
    for one in sign_ins:
        assert re.search(rf"http://127.0.0.1:{port}/{one['role']}\b.*{one['login']}.*{one['password']}", out)
        assert one["password"] not in err
    there = json.loads((var / "demo" / "home.json").read_text(encoding="utf-8"))
    assert f"http://127.0.0.1:{port}/sign/{there['sign_id']}" in out
    assert there["pin"] in out
    assert there["card"] in out
    assert f"http://127.0.0.1:{port}/pass" in out
    assert f"http://127.0.0.1:{port}/simulator/codes" in out
    assert not [one for one in sign_ins if one.get("factor_secret") and one["factor_secret"] in out + err]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_watcher_begins_with_the_service_and_ends_with_it_however_that_ends(var, built, how):
    lock, port = var / "results" / "watch.lock", free_port()
    with serving(var, "--demo", port=port) as server:
        until(lambda: is_held(lock))
        server.send_signal(how)
        server.wait(60)
    until(lambda: not is_held(lock), 30)
    said = (var / "demo" / "watch.log").read_text(encoding="utf-8")
    assert not [word for word in ("Traceback", "Fatal") if word in said]


def test_the_service_may_be_shown_without_a_watcher(var, built):
    with serving(var, "--demo", "--no-analytics", port=free_port()) as server:
        stop(server)
    assert not is_held(var / "results" / "watch.lock")


def test_when_the_analytics_fail_the_demo_goes_on_and_says_what_to_run(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("ENTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(command, "hotspots_command", lambda settings: ["-c", "raise SystemExit(2)"])
    mask = os.umask(0o022)
    try:
        done = CliRunner().invoke(main, ["demo", "--scale", "0.02", "--days", "2"])
    finally:
        os.umask(mask)
    assert done.exit_code == 0, done.output
    assert "python -c raise SystemExit(2)" in done.stderr
