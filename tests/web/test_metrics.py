"""Figures for Prometheus: of this machine alone, of all processes together, and nothing about anybody."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from entry_service.upkeep import backups
from entry_service.web.frame.counters import BOUNDS, ROWS, Counters

ROOT = Path(__file__).resolve().parents[2]
ALERTS = (ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LINE = re.compile(r"(?:# TYPE [a-z_]+ (?:counter|gauge|histogram)|[a-z_]+(?:\{[^}]*\})? (?:[-+.\de]+|\+Inf))")


@pytest.fixture
def client(app):
    return app.test_client()


def told(client, **caller) -> dict[str, float]:
    answer = client.get("/metrics", **caller)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    lines = answer.get_data(as_text=True).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def test_answers_are_counted_and_the_state_is_told(client):
    before = told(client)
    client.get("/nowhere")
    client.post("/api/v1/scans", json={})
    after = told(client)
    assert (
        after['entry_answers_total{kind="other",class="4xx"}']
        == before['entry_answers_total{kind="other",class="4xx"}'] + 1
    )
    assert after['entry_answers_total{kind="door",class="4xx"}'] == 1
    assert after["entry_door_seconds_count"] == after['entry_door_seconds_bucket{le="+Inf"}'] == 1
    assert (after["entry_log_readable"], after["entry_vault_answers"], after["entry_clock_believed"]) == (1, 1, 1)
    assert after["entry_disk_free_bytes"] > 0
    assert "entry_backup_age_seconds" not in after


def test_no_backup_is_infinitely_old_and_one_that_cannot_be_read_breaks_nothing(app, client, settings, tmp_path):
    home = tmp_path / "backups"
    app.extensions["settings"] = replace(settings, backups=str(home))
    assert told(client)["entry_backup_age_seconds"] == float("inf")
    made = backups.make(settings, home, app.extensions["clock"]() - timedelta(hours=2))
    assert told(client)["entry_backup_age_seconds"] == 7_200
    backups.make(settings, home, app.extensions["clock"]() - timedelta(hours=1), vault=False)
    assert told(client)["entry_backup_age_seconds"] == 7_200  # the vault is not in the newer one
    (made.folder / backups.TOLD).write_text("{}")
    backups.make(settings, home, app.extensions["clock"]() + timedelta(days=2))
    assert told(client)["entry_backup_age_seconds"] == float("inf")


def test_a_source_that_fails_is_named_and_the_others_go_on(app, client, settings, tmp_path):
    app.extensions["settings"] = replace(settings, var=tmp_path / "nowhere")
    figures = told(client)
    assert figures['entry_source_failed{source="disks"}'] == 1
    assert figures["entry_log_readable"] == 1


@pytest.mark.parametrize(
    "caller",
    [
        {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Via": "1.1 proxy"}},
    ],
)
def test_for_anybody_else_there_is_no_such_page(client, caller):
    assert client.get("/metrics", **caller).status_code == 404


def test_no_figure_names_a_facility_a_person_or_a_small_count(client):
    text = client.get("/metrics").get_data(as_text=True)
    assert not re.search(r"GP-|010|facility|phone|[가-힣]", text)
    assert float(re.search(r"entry_scans_total (\d+)", text)[1]) % 10 == 0


def test_every_alert_uses_figures_that_exist_and_has_its_line_in_the_runbook(client):
    given = {re.sub(r"\{.*", "", name) for name in told(client)} | {
        "entry_backup_age_seconds",
        "entry_decree_lapses_seconds",
        "entry_destruction_overdue",
        "entry_last_destruction_seconds",
        "entry_source_failed",
    }
    used = set(re.findall(r"\bentry_[a-z_]+", ALERTS))
    assert used
    assert used - given == set()
    alerts = re.findall(r"alert: (\w+)\n.*\n(?:.*\n)?.*severity: (\w+)", ALERTS)
    rows = re.findall(r"^\| `(Entry\w+)` \| (\w+) \|", OPERATIONS, re.MULTILINE)
    assert sorted(alerts) == sorted(rows)
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in given}
    assert {name for name in families if f"`{name}`" not in OPERATIONS} == set()


def test_processes_add_up_and_a_slow_answer_is_in_the_last_bucket():
    counters = Counters()
    for process in (1, 2, ROWS + 3):
        counters.take(process)
        counters.add("/api/v1/scans", 201, BOUNDS[0])
        counters.add("/login", 503, 0.1)
        counters.add("/login", 101, 0.1)
    counters.add("/api/v1/sync", 200, 60)
    answers = counters.answers()
    assert (answers["door", "2xx"], answers["other", "503"], sum(answers.values())) == (4, 3, 7)
    buckets, seconds = counters.door_seconds()
    assert buckets == [3] * len(BOUNDS) + [4]
    assert seconds == pytest.approx(60 + 3 * BOUNDS[0])
