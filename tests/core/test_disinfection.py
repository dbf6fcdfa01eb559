"""When a place may open again, and that the analytics plan by the same rule."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from entry_service.core.disinfection import AGENTS, reopening_day, without_numbers

TABLE = Path(__file__).parents[2] / "analytics" / "planning" / "data" / "agents.csv"
LATE = datetime(2020, 8, 25, 15, 30, tzinfo=UTC)  # half past midnight of the 26th in Korea


@pytest.mark.parametrize(
    ("agent", "ppm", "day"),
    [
        ("hypochlorite", 1_000, date(2020, 8, 27)),
        ("hypochlorite", 5_000, date(2020, 8, 27)),
        ("hypochlorite", 999, None),
        ("hypochlorite", None, None),
        ("alcohol", 700_000, None),
        ("", None, None),
    ],
)
def test_strong_hypochlorite_closes_a_place_until_the_next_day(agent, ppm, day):
    assert reopening_day(agent, ppm, LATE) == day


def test_both_programs_know_the_same_agents():
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rules = {row["agent"]: row["rule"] for row in csv.DictReader(lines)}
    assert set(rules) == set(AGENTS)
    for agent, rule in rules.items():
        assert (reopening_day(agent, 1_000, LATE) is not None) == (rule == "next_day")


def test_words_stay_and_numbers_go():
    assert without_numbers(" 3층 화장실 잠김 ") == "3층 화장실 잠김"
    assert "1234" not in without_numbers("관리인 010 0000 1234")
