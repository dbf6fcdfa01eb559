"""The tables behind the reports: sheets of the workbooks, and one CSV a report for office programs.

CSV is UTF-8 with a mark and CRLF; a text that an office program might take for a formula gets an apostrophe.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from ..footfall.usual import compare_day
from ..office_csv import harmless, office_csv
from ..outputs.words import STATUS
from .daily import Daily, hot_units
from .dongs import Dongs
from .reading import Run
from .sheets import Cell, Sheet
from .weekly import Weekly
from .words import date_text, hours_text

SURGES = [("날짜", "day"), ("시", "whole"), ("3시간 전(명)", "real"), ("그때(명)", "real"), ("증가(명)", "real")]


def weekly_sheets(dongs: Dongs, week: Weekly) -> list[Sheet]:
    """Return the workbook of the week: dong × hour, dong × day, surges, days unlike the usual."""
    named = [("동 코드", "text"), ("동", "text")]
    codes = week.hours.index
    hours = [[code, dongs.name(code), *week.hours.loc[code]] for code in codes]
    days = [
        [
            code,
            dongs.name(code),
            day,
            week.holidays.get(day, ""),
            week.totals.at[code, day],
            week.unlike.at[code, day],
        ]
        for code in codes
        for day in week.days
    ]
    surges = [
        [row.place, dongs.name(row.place), row.day, row.hour, row.before, row.people, row.surge]
        for row in week.surges.itertuples()
    ]
    cells = [
        [
            row.place,
            dongs.name(str(dongs.of_unit[row.place])),
            row.day,
            row.hour,
            row.before,
            row.people,
            row.surge,
        ]
        for row in week.unit_surges.itertuples()
    ]
    unlike = [
        [row.place, dongs.name(row.place), row.day, row.people, row.usual, row.share, row.hour, row.difference]
        + [row.rests_on]
        for row in week.anomalies.itertuples()
    ]
    of_day = [("날짜", "day"), ("공휴일", "text"), ("하루 평균(명)", "real"), ("평소와 차이", "share")]
    compared = [("날짜", "day"), ("하루 평균(명)", "real"), ("평소(명)", "real"), ("차이", "share")]
    compared += [("가장 다른 시", "whole"), ("그 시의 차이(명)", "real"), ("견준 날(일)", "whole")]
    sheets = [
        Sheet("동별 시간대별", [*named, *((f"{hour}시", "real") for hour in range(24))], hours, heat=(2, 25)),
        Sheet("동별 날짜별", [*named, *of_day], days),
        Sheet("3시간 증가", [*named, *SURGES], surges),
        Sheet("평소와 다른 날", [*named, *compared], unlike),
    ]
    if cells:
        sheets.insert(3, Sheet("구역별 3시간 증가", [("구역", "text"), ("동", "text"), *SURGES], cells))
    return sheets


def daily_sheets(run: Run, dongs: Dongs, brief: Daily) -> list[Sheet]:
    """Return the workbook of the brief: hot clusters, hot units, words of the dongs."""
    places = [
        [place.rank, ", ".join(place.dongs), len(place.units), place.start, place.end, place.visits]
        + [place.distinct_persons, place.expected, place.relative_risk, place.p, place.second, place.last_visit]
        + [place.days_since, hours_text(place.busy), "필요" if place.disinfect else "별도 소독 불필요"]
        for place in brief.places
    ]
    clusters = [("순위", "whole"), ("동", "text"), ("구역 수", "whole"), ("첫날", "day"), ("끝난 다음 날", "day")]
    clusters += [
        ("방문", "whole"),
        ("서로 다른 확진자", "whole"),
        ("예상(명)", "real"),
        ("배수", "real"),
        ("p", "real"),
    ]
    clusters += [
        ("Gi*도 높음(구역)", "whole"),
        ("마지막 방문", "day"),
        ("경과일", "whole"),
        ("붐비는 시간", "text"),
    ]
    units = [("구역", "text"), ("이름", "text"), ("동", "text"), ("서로 다른 확진자", "whole"), ("방문", "whole")]
    units += [
        ("예상(건)", "real"),
        ("상대위험도", "real"),
        ("95% 하한", "real"),
        ("95% 상한", "real"),
        ("p", "real"),
    ]
    rows = [
        [row.unit_code, row.name, dongs.name(str(row.dong)), row.distinct_persons, row.observed]
        + [row.expected, row.relative_risk, row.ci_low, row.ci_high, row.scan_p, row.q]
        for row in hot_units(run, dongs)
        .rename(columns={"name": "unit_name"})
        .assign(name=_names(run, dongs))
        .itertuples()
    ]
    words = [[code, dongs.name(code), STATUS["ko"][word]] for code, word in dongs.areas["word"].items()]
    return [
        Sheet("핫스팟", [*clusters, ("소독", "text")], [_plain(row) for row in places]),
        Sheet("핫스팟 구역", [*units, ("Gi* q", "real")], [_plain(row) for row in rows]),
        Sheet("동별 판단", [("동 코드", "text"), ("동", "text"), ("판단", "text")], words),
    ]


def _names(run: Run, dongs: Dongs) -> list[str]:
    return [str(name or "") for name in hot_units(run, dongs)["name"]]


def _plain(row: list) -> list[Cell]:
    return [None if cell is None or cell is pd.NA or cell is pd.NaT else cell for cell in row]


def weekly_csv(dongs: Dongs, week: Weekly) -> str:
    """Return every dong, day and hour of the week: people, three-hour surge, difference from the usual."""
    lines: list[list[Cell]] = [
        ["동 코드", "동", "날짜", "시", "유동인구(명)", "3시간 증가(명)", "평소와 차이(명)", "견준 날(일)"]
    ]
    for day in week.days:
        one = compare_day(dongs.hours, day)
        for number, code in enumerate(dongs.hours.codes):
            figures = zip(one.population[number], one.surge[number], one.difference[number], strict=True)
            for hour, (people, surge, difference) in enumerate(figures):
                known = int(one.rests_on[number][hour]) if np.isfinite(difference) else None
                lines.append([code, dongs.name(code), date_text(day), hour, people, surge, difference, known])
    return _csv(lines)


def daily_csv(run: Run, dongs: Dongs) -> str:
    """Return every unit of the run that could be judged or is hot, with the columns of the officer's table."""
    head = [
        "구역",
        "이름",
        "동",
        "판단",
        "방문",
        "서로 다른 확진자",
        "예상(건)",
        "상대위험도",
        "95% 하한",
        "95% 상한",
    ]
    lines: list[list[Cell]] = [[*head, "p", "Gi* q", "포착률", "이유"]]
    table = run.units.drop(columns="geometry").assign(dong=dongs.of_unit).rename_axis("unit_code").reset_index()
    numbers = ["observed", "distinct_persons", "expected", "relative_risk", "ci_low", "ci_high", "scan_p", "q"]
    for row in table.sort_values("unit_code").to_dict("records"):
        dong = dongs.name(row["dong"]) if isinstance(row["dong"], str) else ""
        told = [row["unit_code"], row["name"] or "", dong, STATUS["ko"][row["status"]]]
        figures = [row[name] for name in (*numbers, "coverage")]
        lines.append([*told, *figures, row["reason"] or ""])
    return _csv(lines)


def _csv(lines: list[list[Cell]]) -> str:
    return office_csv([_text(cell) for cell in line] for line in lines)


def _text(cell: Cell) -> object:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, float):
        return f"{cell:.8g}"
    return harmless(cell)


def write_text(path: Path, text: str) -> None:
    """Write text as it is."""
    path.write_text(text, encoding="utf-8", newline="")
