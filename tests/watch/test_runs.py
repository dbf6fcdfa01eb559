"""A real watcher: requests, new files, kills, a second watcher, failed runs; the last good result always stays."""

import json
import signal
import subprocess
from dataclasses import replace
from datetime import datetime

import pytest

from analytics.watch.follow_ups import next_due
from analytics.watch.requests import waiting_request
from analytics.watch.settings import Watched

from .watching import ROOT, Folders, kill, once, town_folders, until, watching


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Folders:
    return town_folders(tmp_path_factory.mktemp("town"))


@pytest.fixture
def folders(town, tmp_path) -> Folders:
    """Give every test folders of its own."""
    subprocess.run(["cp", "-r", town.var, tmp_path / "var"], check=True)
    return Folders(tmp_path / "var", town.days, town.units)


def test_files_come_a_run_is_made_and_a_second_in_the_same_process_is_quicker(folders):
    folders.drop(0, 1, 2, 3, 4)
    with watching(folders, "--stop-with-stdin") as program:
        until(lambda: folders.progress().get("state") == "done")
        first, seconds = folders.latest(), took(folders)
        assert folders.progress()["run"] == first
        assert folders.days_of(first)["covered"] == [f"2020-08-0{day}" for day in range(3, 8)]
        folders.drop(5, 6)
        until(lambda: folders.latest() != first and folders.progress()["state"] == "done")
        second = folders.latest()
        assert len(folders.days_of(second)["covered"]) == 7
        assert took(folders) < seconds * 1.5 + 2  # nothing is compiled or loaded again
        assert folders.runs() == sorted([first, second])
        program.stdin.close()  # whoever started it is gone
        until(lambda: program.poll() is not None)
        assert program.returncode == 0
    assert "Traceback" not in (folders.var / "watch.log").read_text()


def took(folders) -> float:
    told = folders.progress()
    times = [datetime.fromisoformat(told[name]) for name in ("started_at", "updated_at")]
    return (times[1] - times[0]).total_seconds()


def test_a_request_is_taken_once_with_its_parameters_and_its_extract(folders):
    folders.drop(*range(7))
    once(folders)
    folders.ask(seed=5, extract="first")
    said = once(folders)
    assert said.count("begun") == 1
    assert not (folders.results / "request.json").exists()
    told = folders.progress()
    assert (told["id"], told["state"], told["fraction"]) == ("0123456789abcdef", "done", 1.0)
    summary = json.loads((folders.results / folders.latest() / "summary.json").read_text())
    assert (summary["seed"], summary["parameters"]["replicates"]) == (5, 99)
    assert "begun" not in once(folders)


def test_reports_and_the_public_result_follow_a_run_once_and_are_caught_up_after_a_kill(folders):
    more = ["--reports", str(folders.var / "reports"), "--public", str(folders.var / "public")]
    more += ["--dongs", str(folders.units)]
    folders.drop(*range(7))
    said = once(folders, *more)
    run = folders.latest()
    assert (said.count(f"reports: of {run} in"), said.count(f"public result: of {run} in")) == (1, 1)
    assert (folders.var / "reports" / run / "weekly.xlsx").stat().st_size > 1_000
    followed = json.loads((folders.results / "followed.json").read_text(encoding="utf-8"))
    assert {name: (one["run"], one["state"], one["error"]) for name, one in followed.items()} == {
        "reports": (run, "done", None),
        "public_result": (run, "done", None),
    }
    assert all(one["done_at"] == one["at"] for one in followed.values())
    public = folders.var / "public" / "public.json"
    first = public.read_bytes()
    (folders.var / "reports" / run / "datapackage.json").unlink()  # as if killed before its last file
    said = once(folders, *more)
    assert f"reports: of {run} in" in said
    assert "public result" not in said
    assert public.read_bytes() == first


def test_the_public_result_waits_for_a_newer_run_and_for_the_next_day(tmp_path):
    watched = Watched(**dict.fromkeys(("inbox", "results", "extracts", "plans", "store", "units"), tmp_path))
    watched = replace(watched, public=tmp_path / "public")
    now = datetime.fromisoformat("2020-08-12T09:00:00+09:00")
    for folder in ("public", "run"):
        (tmp_path / folder).mkdir()

    def due(as_of: str, out: str, created: str) -> bool:
        told = {"as_of": f"{out}T23:00:00+09:00", "created": f"{created}T01:00:00+09:00"}
        (tmp_path / "public" / "public.json").write_text(json.dumps(told))
        (tmp_path / "run" / "summary.json").write_text(json.dumps({"as_of": f"{as_of}T08:00:00+09:00"}))
        return next_due(watched, "run", set(), now) is not None

    assert due("2020-08-12", "2020-08-11", "2020-08-11")
    assert not due("2020-08-12", "2020-08-11", "2020-08-12")  # made just after midnight, of the day before
    assert not due("2020-08-11", "2020-08-11", "2020-08-11")
    assert due("2019-08-12", "2019-08-11", "2020-08-11")  # a replay of last year


def test_a_refresh_is_taken_after_what_somebody_asks_and_known_by_the_watcher(folders):
    folders.drop(*range(7))
    once(folders)
    folders.ask(kind="hotspots")
    asked = (folders.results / "request.json").read_text(encoding="utf-8")
    (folders.results / "request.json").rename(folders.results / "refresh.json")
    once(folders)
    assert not (folders.results / "refresh.json").exists()
    assert json.loads((folders.results / "watch.json").read_text())["refresh"] == folders.latest()
    (folders.results / "refresh.json").write_text(asked, encoding="utf-8")
    folders.ask(kind="plan", teams=1, hours=5, sites=1)
    assert waiting_request(folders.results).kind == "plan"


def test_a_run_made_by_hand_is_adopted_so_that_a_plan_can_rest_on_it(folders):
    folders.drop(*range(7))
    once(folders)
    made = folders.latest()
    (folders.results / "latest").unlink()
    (folders.results / made).rename(folders.results / "by-hand")
    folders.ask(kind="plan", teams=1, hours=5, sites=1)
    once(folders)
    assert folders.latest() == "by-hand"
    assert folders.progress()["state"] == "done"


def test_a_follow_up_that_fails_is_said_once_and_leaves_the_run(folders):
    folders.drop(*range(7))
    blocked = folders.var / "reports"
    said = once(folders, "--reports", str(blocked), "--dongs", str(folders.days[0]), code=1)
    assert said.count("failed") == 1
    assert folders.latest() in said
    told = json.loads((folders.results / "followed.json").read_text(encoding="utf-8"))["reports"]
    assert (told["run"], told["state"], told["done_at"]) == (folders.latest(), "failed", None)
    assert set(told["error"]) == {"ko", "en"}


def test_a_plan_is_made_of_the_result_that_is_shown_and_the_map_stays(folders):
    folders.drop(*range(7))
    once(folders)
    shown = folders.latest()
    folders.ask(kind="plan", teams=1, hours=5, sites=1)
    once(folders, "--dongs", str(folders.units))
    told = folders.progress()
    assert (told["kind"], told["state"]) == ("plan", "done"), told["error"]
    plan = json.loads((folders.var / "plans" / told["run"] / "plan.json").read_text())
    assert (plan["id"], plan["result"], plan["parameters"]["teams"]) == (told["run"], shown, 1)
    assert folders.latest() == shown
    assert plan["parameters"]["dongs"] == folders.units.name


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("hotspots", {"extract": "../first"}, "field extract: names no folder"),
        ("hotspots", {"extract": "nowhere"}, "nowhere"),
        ("hotspots", {"alpha": 2}, "field alpha: must be between 0 and 1"),
        ("hotspots", {"alpha": "x"}, "field parameters"),
        ("plan", {"streets": "/etc/hostname"}, "field streets"),
        ("hotspots", {"known_by": "2020-08-05"}, "field known_by"),
        ("weather", {}, "field kind"),
    ],
)
def test_a_run_that_fails_leaves_the_last_good_state_and_says_so(folders, kind, parameters, said):
    good = folders.results / "20200901T000000-good"
    good.mkdir(parents=True)
    (good / "summary.json").write_text("{}")
    (folders.results / "latest").symlink_to(good.name)
    folders.ask(kind=kind, **parameters)
    assert said in once(folders, "--population", str(folders.days[0]), code=1)
    told = folders.progress()
    assert (told["state"], told["run"]) == ("failed", None)
    assert said in told["error"]["en"]
    assert told["error"]["ko"].endswith("이전 결과를 그대로 보여 드립니다.")
    assert folders.latest() == good.name
    assert folders.hidden() == []
    assert not (folders.results / "request.json").exists()


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"kind": "hotspots"}', '{"id": "x", "kind": "plan", "before": 2}']
)
def test_what_is_no_request_is_refused_and_moved_out_of_the_way(folders, content):
    folders.results.mkdir()
    (folders.results / "request.json").write_text(content)
    assert "request refused" in once(folders)
    assert folders.progress()["state"] == "failed"
    assert not (folders.results / "request.json").exists()


def test_killed_in_the_middle_nothing_half_is_read_and_the_next_start_cleans_up(folders):
    folders.drop(*range(7))
    once(folders)
    shown = folders.latest()
    for step in ("person_scan", "maps"):
        folders.ask(replicates=9_999)
        with watching(folders) as program:
            until(lambda step=step: folders.progress().get("step") == step and not folders.results.joinpath(
                "request.json").exists())  # fmt: skip
            kill(program)
        assert folders.latest() == shown
        assert folders.runs() == [shown]
        assert folders.progress()["state"] == "running"  # nobody was left to say anything else
    assert folders.hidden()  # it was writing
    said = once(folders)
    assert "removed" in said
    assert "begun" not in said  # taken once, also when it was killed
    assert folders.hidden() == []
    assert folders.progress()["state"] == "failed"
    assert folders.progress()["error"]["ko"]
    assert folders.latest() == shown


def test_reports_that_a_kill_left_half_done_go_at_the_next_start(folders):
    half = folders.var / "reports" / ".20200901T090000-0123-abcdefgh"
    half.mkdir(parents=True)
    once(folders, "--reports", str(half.parent))
    assert not half.exists()


def test_told_to_stop_in_the_middle_it_leaves_nothing_behind(folders):
    folders.drop(*range(7))
    with watching(folders) as program:
        until(lambda: folders.progress().get("state") == "running")  # one step may be over between two looks
        program.send_signal(signal.SIGTERM)
        until(lambda: program.poll() is not None)
        assert program.returncode == 0
    assert folders.progress()["state"] == "failed"
    assert (folders.runs(), folders.hidden(), folders.latest()) == ([], [], None)


def test_a_second_watcher_is_refused_and_a_dead_one_is_no_obstacle(folders):
    with watching(folders) as program:
        second = subprocess.run(
            folders.command(), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert second.returncode == 2
        assert f"another watcher runs (process {program.pid})" in second.stderr
        kill(program)
    once(folders)


def test_old_runs_go_but_never_the_one_that_is_shown_nor_one_with_a_name(folders):
    folders.results.mkdir()
    old = [f"2020090{day}T000000-aaaa" for day in range(1, 6)]
    for name in [*old, "by-hand"]:
        (folders.results / name).mkdir()
        (folders.results / name / "summary.json").write_text("{}")
    (folders.results / "latest").symlink_to(old[0])
    folders.drop(0)
    once(folders, "--keep", "2")
    kept = {path.name for path in folders.results.iterdir() if path.is_dir() and not path.is_symlink()}
    assert kept == {folders.latest(), old[4], old[0], "by-hand"}  # old[0] was shown until now: pages still load it


def test_a_folder_that_is_called_latest_is_not_replaced(folders):
    (folders.results / "latest").mkdir(parents=True)
    folders.drop(0)
    assert "is not a pointer" in once(folders, code=1)
    assert (folders.results / "latest").is_dir()


def test_fractions_only_grow_and_every_step_has_words(folders):
    folders.drop(*range(7))
    seen = []

    def look() -> bool:
        told = folders.progress()
        seen.append((told.get("fraction", 0), json.dumps(told.get("title", {}), ensure_ascii=False)))
        return told.get("state") == "done"

    with watching(folders):
        until(look)
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 4
    assert fractions[-1] == 1.0
    assert not [title for _, title in seen if "Working" in title]
