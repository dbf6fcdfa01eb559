"""A day that comes hour by hour: part files join it, an hour between them that has no file is missing."""

import json
import shutil

import pandas as pd

from tests.analytics.town import make_town

from .watching import Folders, once

DAYS, OVER = 9, 14


def test_part_files_of_today_join_it_and_an_hour_without_one_is_missing(tmp_path):
    town = make_town(31, days=DAYS)
    written = town.write(tmp_path / "town", town.cases(10), over=24 * (DAYS - 1) + OVER)
    head, *rows = written["population"][0].read_text("cp949").splitlines()
    var, today = tmp_path / "var", "20200811"
    shutil.copytree(written["extract"], var / "extract" / "first")
    parts = {"before": range(24), "morning": range(10), "noon": range(11, 13)}
    files = []
    for name, hours in parts.items():
        wanted = {f'"{hour:02d}"' for hour in hours}
        of_today = name != "before"
        lines = [row for row in rows if (today in row) == of_today and row.split(",")[1] in wanted]
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\r\n".join([head, *lines]) + "\r\n", "cp949", newline="")
    folders = Folders(var, tuple(files), written["units"])
    folders.drop(0, 1, 2)
    once(folders)
    out = folders.results / folders.latest()
    index = json.loads((out / "map" / "index.json").read_text())
    assert index["going_on"] == {"day": "2020-08-11", "hours": 13}
    table = pd.read_csv(out / "unit_hours" / "2020-08-11.csv.gz", keep_default_na=False, dtype=str)
    why = table.groupby(table["hour"].str[11:13].astype(int))["missing"].agg(set)
    assert why[10] == {"absent"}  # no file has it, and later ones are there
    assert all("absent" not in why[hour] and "not_yet" not in why[hour] for hour in (*range(10), 11, 12))
    assert all(why[hour] == {"not_yet"} for hour in range(13, 24))
