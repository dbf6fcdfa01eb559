"""The alerts, asked of Prometheus itself: the rules are read, each fires when it shall, a quiet day none."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "alerts.yml"
CASES = Path(__file__).with_name("alerts_test.yml")
pytestmark = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian: prometheus) is not installed"
)


def test_prometheus_reads_every_rule():
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{RULES.read_text(encoding='utf-8').count('- alert:')} rules found" in done.stdout


def test_each_alert_fires_when_it_shall_and_a_quiet_day_wakes_nobody(tmp_path):
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    words = ["promtool", "test", "rules", CASES.name]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_alert_is_without_a_case():
    names = set(re.findall(r"- alert: (\w+)", RULES.read_text(encoding="utf-8")))
    cases = CASES.read_text(encoding="utf-8")
    assert {name for name in names if f"alertname: {name}, exp_alerts" not in cases} == set()
