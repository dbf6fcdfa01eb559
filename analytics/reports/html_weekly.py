"""The weekly floating-population report as two sheets: dong × hour, dong × day, surges, days unlike the usual."""

from html import escape

import numpy as np
import pandas as pd

from ..footfall.grades import GRADES, grade_bounds
from .dongs import Dongs
from .html import document, head, heat, items, notes, section, table
from .reading import Run
from .weekly import Weekly
from .words import NONE, date_text, hours_text, named, people, percent, short_date, signed

DRAWN = 12  # dongs in a table of a sheet; the workbook has them all
LISTED = 8
WITH_UNITS = 6  # rows of each table of surges, where units have one of their own
UNLIKE = 0.05
"""A day is told as unlike the usual from this share on."""
STEPS = ((0.2, 3), (0.1, 2), (UNLIKE, 1))
TITLE = "주간 유동인구 보고"


def weekly_html(run: Run, dongs: Dongs, week: Weekly) -> str:
    """Return the report as a page."""
    period = f"{date_text(week.days[0])} ~ {date_text(week.days[-1])}"
    first = head(TITLE, period) + section("요약", items(summary_lines(dongs, week)))
    first += section("동별·시간대별 유동인구", _heat(dongs, week), _unit_note(week.hours))
    first += section("동별·날짜별 유동인구", _days(dongs, week), "하루 평균 인원과 평소 대비")
    second = section("3시간 사이 가장 크게 늘어난 때", _surges(dongs, week), "동마다 한 주의 최대")
    if len(week.unit_surges):
        second += section("구역으로 본 3시간 증가", _cells(dongs, week), "구역마다 한 주의 최대")
    second += section("평소와 다른 날", _anomalies(dongs, week), f"평소와 {round(100 * UNLIKE)}% 이상 다른 날")
    second += section("시간대별 전체 유동인구", _profile(week, dongs), "평일과 주말·공휴일의 평균")
    second += notes(_notes(run, dongs, week))
    return document(f"{TITLE} {period}", [first, second], run)


def summary_lines(dongs: Dongs, week: Weekly) -> list[str]:
    """Return what a head of department reads first."""
    means = week.totals.mean(axis=1).dropna().sort_values(ascending=False)
    lines = []
    if len(means):
        told = [f"{dongs.name(code)}({people(value)})" for code, value in means.head(3).items()]
        lines.append(f"사람이 가장 많이 머문 동은 {', '.join(told)} 순임(하루 평균).")
    city = week.hours.sum(axis=0, min_count=1)
    if city.notna().any():
        busiest = city[city >= 0.97 * city.max()].index
        lines.append(f"가장 붐비는 시간대는 {hours_text(busiest)}이며 전체 {people(city.max())}임.")
    if len(week.surges):
        top = week.surges.iloc[0]
        lines.append(
            f"3시간 증가가 가장 큰 때는 {short_date(top['day'])} {top['hour']}시 {dongs.name(top['place'])}"
            f"({signed(top['surge'])})임."
        )
    unlike = week.anomalies[week.anomalies["share"].abs() >= UNLIKE]
    if len(unlike):
        top = unlike.iloc[0]
        lines.append(
            f"평소와 가장 다른 날은 {short_date(top['day'])} {dongs.name(top['place'])}"
            f"({percent(top['share'])})이며, 이런 날이 모두 {len(unlike)}건임."
        )
    elif len(week.anomalies):
        lines.append(f"평소와 {round(100 * UNLIKE)}% 이상 다른 날은 없음.")
    else:
        lines.append("같은 종류의 다른 날이 부족하여 평소와 견주지 못함.")
    if week.holidays:
        told = [f"{short_date(day)} {name}" for day, name in week.holidays.items()]
        lines.append(f"공휴일: {', '.join(told)}.")
    return lines


def scale_of(hours: pd.DataFrame) -> tuple[float, str]:
    """Return by what people are divided in the narrow cells of the heat table, and the unit's name."""
    largest = np.nanmax(hours.to_numpy()) if hours.notna().to_numpy().any() else 0
    return (1_000.0, "천 명") if largest >= 1_000 else (1.0, "명")


def _unit_note(hours: pd.DataFrame) -> str:
    return f"한 주의 평균, 단위 {scale_of(hours)[1]}"


def drawn(week: Weekly) -> list[str]:
    """Return the dongs of a sheet's tables, most people first."""
    return week.totals.mean(axis=1).sort_values(ascending=False, na_position="last").index[:DRAWN].tolist()


def bounds_of(hours: pd.DataFrame) -> list[float]:
    """Return the nine bounds between ten grades of the table's figures."""
    values, counts = np.unique(hours.to_numpy()[hours.notna().to_numpy()], return_counts=True)
    return grade_bounds(values, counts)


def _heat(dongs: Dongs, week: Weekly) -> str:
    bounds, (divisor, unit) = bounds_of(week.hours), scale_of(week.hours)
    top = "".join(f'<th scope="col">{hour}</th>' for hour in range(24))
    rows = []
    for code in drawn(week):
        cells = "".join(_heat_cell(value, bounds, divisor) for value in week.hours.loc[code])
        rows.append(f'<tr><th scope="row" class="name">{escape(dongs.name(code))}</th>{cells}</tr>')
    left = len(week.hours) - len(rows)
    rest = f"<span>외 {left}개 동은 엑셀 파일에 있음</span>" if left else ""
    key = ""
    if bounds:
        ends = f"1등급 {bounds[0] / divisor:g} 이하 … {GRADES}등급 {bounds[-1] / divisor:g} 초과({unit})"
        marks = "".join(f'<i class="g{grade}"></i>' for grade in range(GRADES))
        key = f'<p class="key"><span>{marks}</span><span>{ends}</span>{rest}</p>'
    return heat("", "동 \\ 시", top, rows) + key


def _heat_cell(value: float, bounds: list[float], divisor: float) -> str:
    if not np.isfinite(value):
        return '<td class="none">–</td>'
    return f'<td class="g{int(np.searchsorted(bounds, value))}">{escape(cell_text(value, divisor))}</td>'


def cell_text(value: float, divisor: float) -> str:
    """Return people in a narrow cell: "–" where there is no figure."""
    if not np.isfinite(value):
        return "–"
    shown = value / divisor
    if divisor > 1 and 0 < shown < 0.05:
        return "<0.1"
    return f"{shown:.1f}" if divisor > 1 and shown < 100 else f"{shown:,.0f}"


def _days(dongs: Dongs, week: Weekly) -> str:
    top = "".join(f'<th scope="col"{_red(day, week)}>{escape(short_date(day))}</th>' for day in week.days)
    rows = []
    for code in drawn(week):
        cells = "".join(_day_cell(week.totals.at[code, day], week.unlike.at[code, day]) for day in week.days)
        rows.append(f'<tr><th scope="row" class="name">{escape(dongs.name(code))}</th>{cells}</tr>')
    key = "".join(f'<span><i class="{name}"></i>{text}</span>' for name, text in (
        ("up3", "평소보다 20% 이상 많음"), ("up2", "10% 이상"), ("up1", "5% 이상"),
        ("down1", "5% 이상 적음"), ("down2", "10% 이상"), ("down3", "20% 이상"),
    ))  # fmt: skip
    return heat(" week", "동", top, rows) + f'<p class="key">{key}</p>'


def _red(day, week: Weekly) -> str:
    return ' class="red"' if day in week.holidays or day.weekday() == 6 else ""


def _day_cell(total: float, share: float) -> str:
    if not np.isfinite(total):
        return '<td class="none">–</td>'
    step = next((number for least, number in STEPS if abs(share) >= least), 0) if np.isfinite(share) else 0
    name = f' class="{"up" if share > 0 else "down"}{step}"' if step else ""
    compared = f" ({percent(share)})" if np.isfinite(share) else ""
    return f"<td{name}>{people(total).removesuffix('명')}{compared}</td>"


def _surges(dongs: Dongs, week: Weekly) -> str:
    most = WITH_UNITS if len(week.unit_surges) else LISTED
    shown = week.surges.drop_duplicates("place").head(most)
    rows = [
        [
            dongs.name(row.place),
            short_date(row.day),
            f"{(row.hour - 3) % 24}시 → {row.hour}시",
            people(row.before),
            people(row.people),
            signed(row.surge),
            percent(row.surge / row.before) if row.before > 0 else NONE,
        ]
        for row in shown.itertuples()
    ]
    if not rows:
        return items(["3시간 전과 견줄 자료가 없거나 늘어난 때가 없음."])
    return table(["동", "날짜", "시간", "3시간 전", "그때", "증가", "비율"], rows, numbers={3, 4, 5, 6})


def _anomalies(dongs: Dongs, week: Weekly) -> str:
    unlike = week.anomalies[week.anomalies["share"].abs() >= UNLIKE].head(LISTED)
    if unlike.empty:
        return items(["해당 없음." if len(week.anomalies) else "같은 종류의 다른 날이 부족하여 견주지 못함."])
    rows = [
        [
            dongs.name(row.place),
            short_date(row.day) + (f" {week.holidays[row.day]}" if row.day in week.holidays else ""),
            people(row.people),
            people(row.usual),
            percent(row.share),
            f"{row.hour}시 {signed(row.difference)}",
            f"{row.rests_on}일",
        ]
        for row in unlike.itertuples()
    ]
    columns = ["동", "날짜", "그날 평균", "평소", "차이", "가장 다른 때", "근거"]
    return table(columns, rows, numbers={2, 3, 4, 5, 6})


def _cells(dongs: Dongs, week: Weekly) -> str:
    rows = [
        [
            row.place,
            dongs.name(str(dongs.of_unit[row.place])),
            short_date(row.day),
            f"{(row.hour - 3) % 24}시 → {row.hour}시",
            people(row.before),
            people(row.people),
            signed(row.surge),
        ]
        for row in week.unit_surges.head(WITH_UNITS).itertuples()
    ]
    return table(["구역", "동", "날짜", "시간", "3시간 전", "그때", "증가"], rows, numbers={4, 5, 6})


def _profile(week: Weekly, dongs: Dongs) -> str:
    """Return two lines over 24 hours: weekdays, and weekends with holidays."""
    off = [day for day in week.days if day.weekday() >= 5 or day in week.holidays]
    every = np.stack([dongs.hours.of(dongs.hours.population, day) for day in week.days])
    whole = np.isfinite(every).all(axis=(0, 2))
    if not whole.any():
        return items(["한 주 내내 자료가 있는 동이 없음."])
    lines = []
    for name, days in (("line-a", [day for day in week.days if day not in off]), ("line-b", off)):
        if days:
            people_then = [dongs.hours.of(dongs.hours.population, day)[whole].sum(axis=0) for day in days]
            lines.append((name, np.mean(people_then, axis=0)))
    low, high = min(line.min() for _, line in lines), max(line.max() for _, line in lines)
    low, high = low - 0.08 * (high - low or high), high + 0.08 * (high - low or high)
    spots = [(name, [(46 + 20 * hour, 108 - 96 * (v - low) / (high - low)) for hour, v in enumerate(line)])
             for name, line in lines]  # fmt: skip
    paths = "".join(
        f'<path class="{name}" d="M{"L".join(f"{x:.0f} {y:.1f}" for x, y in points)}"/>' for name, points in spots
    )
    grid = "".join(
        f'<path class="grid-line" d="M46 {108 - 96 * part:.0f}H506"/><text x="42" y="{111 - 96 * part:.0f}" '
        f'font-size="8" text-anchor="end">{people(low + part * (high - low)).removesuffix("명")}</text>'
        for part in (0, 0.5, 1)
    )
    ticks = "".join(f'<text x="{46 + 20 * hour}" y="120" font-size="8" text-anchor="middle">{hour}시</text>'
                    for hour in range(0, 24, 3))  # fmt: skip
    named_lines = {"line-a": "평일", "line-b": "주말·공휴일"}
    key = "".join(
        f'<path class="{name}" d="M{60 + 90 * n} 6h24"/><text x="{88 + 90 * n}" y="9" font-size="9">'
        f"{named_lines[name]}</text>" for n, (name, _) in enumerate(spots)
    )  # fmt: skip
    return (
        '<svg viewBox="0 0 520 124" role="img" aria-label="시간대별 전체 유동인구의 평균">'
        f"{grid}{ticks}{paths}{key}</svg>"
    )


def _notes(run: Run, dongs: Dongs, week: Weekly) -> list[str]:
    told = [
        "유동인구는 통신 자료 등으로 추정한 값이며, 그 시각에 그 동에 머문 사람 수임.",
        "평소는 같은 종류의 다른 날(같은 요일, 공휴일은 일요일과 함께) 같은 시각의 중앙값(이틀 이상).",
        "급증과 차이는 사실의 기술이며 통계 검정이 아님. 동과 시각이 많으면 우연히 큰 값도 나옴.",
    ]
    stood = [day for day in week.days if day not in run.counted]
    if stood:
        told.append(f"{named([short_date(day) for day in stood])}은 다른 날의 평균으로 대신하여 견주지 않음.")
    masked = np.isnan(run.population) & ~run.absent
    if masked.any():
        told.append("가려진 값(3명 이하 등)은 동의 합계에 더하지 않음. 합계는 실제보다 조금 적을 수 있음.")
    if run.going_on is not None:
        told.append(f"아직 끝나지 않은 {short_date(run.going_on)}은 싣지 않음.")
    if not week.holidays_known:
        told.append("공휴일 표에 없는 해이므로 요일로만 견줌.")
    return told
