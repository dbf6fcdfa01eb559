"""Disinfectants and when a place may open again: data/agents.csv, a table to be edited.

Korean practice of 2020: after sodium hypochlorite of 1,000 ppm or more a place stays closed until the next day;
after other agents it opens by agreement, when it has been ventilated.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..refusals import InputRefused

TABLE = Path(__file__).parent / "data" / "agents.csv"
NEXT_DAY, AGREEMENT = "next_day", "agreement"


@dataclass(frozen=True)
class Agent:
    """A row of agents.csv. `rule` is next_day or agreement; the rest is what people read."""

    agent: str
    ko: str
    en: str
    rule: str
    ko_rule: str
    en_rule: str


@cache
def read_agents(table: Path = TABLE) -> dict[str, Agent]:
    """Return the agents by name, or refuse the table naming file, line and field."""
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        agents = {}
        for row in rows:
            for name in Agent.__dataclass_fields__:
                if not row.get(name):
                    raise InputRefused("empty", file=table.name, line=rows.line_num, field=name)
            if row["rule"] not in (NEXT_DAY, AGREEMENT):
                words = f"'{row['rule']}' is neither {NEXT_DAY} nor {AGREEMENT}"
                raise InputRefused(words, file=table.name, line=rows.line_num, field="rule")
            agents[row["agent"]] = Agent(**{name: row[name] for name in Agent.__dataclass_fields__})
    return agents
