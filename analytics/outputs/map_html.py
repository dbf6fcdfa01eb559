"""map.html: the verdict as one file for the browser, opened from disk without network; script and style inside."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from pathlib import Path
from string import Template

import geopandas as gpd
import numpy as np
import pandas as pd

from ..verdict import Verdict
from .fonts import embedded_fonts
from .shapes import marks, outlines, simplified, view_box
from .words import MEANING, REASONS, STATUS, days_text, end_of, hot_clusters, minute

PAGE = Path(__file__).parent / "page"
LISTED = 600  # units in the table
CLASS = {"hot": "hot", "not significant": "calm", "no data": "none"}
PROFILE = {"log": "출입 기록", "routes": "공개된 확진자 동선"}


def write_html(path: Path, units: gpd.GeoDataFrame, verdict: Verdict, summary: dict[str, object]) -> None:
    """Write the map, the hot clusters, the course of days, the warnings and the table of units."""
    clusters = hot_clusters(verdict.clusters, summary["parameters"]["alpha"])
    drawn = simplified(units)
    box, unit = view_box(drawn)
    first = _first(units, clusters)
    parts = {
        "fonts": "$fonts",
        "style": (PAGE / "page.css").read_text(encoding="utf-8"),
        "script": (PAGE / "page.js").read_text(encoding="utf-8"),
        "lead": _lead(units),
        "as_of": minute(summary["as_of"]),
        "created": minute(summary["created"]),
        "first_day": summary["period"]["first_day"],
        "last_day": end_of(summary["period"]),
        "profile": PROFILE[summary["profile"]],
        "view_box": box,
        "unit": f"{unit:g}",
        "paths": _paths(drawn),
        "marks": marks(drawn, clusters, unit),
        "legend": _legend(),
        "clusters": _clusters(units, clusters, summary["repeat"]),
        "days": _days(verdict.visits, clusters, summary),
        "warnings": _warnings(summary),
        "table_note": _table_note(units),
        "rows": _rows(units),
        "conditions": _conditions(summary),
        "data": _data(units, first),
    }
    page = Template((PAGE / "page.html").read_text(encoding="utf-8"))
    fonts = embedded_fonts(page.substitute(parts))
    path.write_text(page.substitute(parts | {"fonts": fonts}), encoding="utf-8")


def _lead(units: gpd.GeoDataFrame) -> str:
    counts = units["status"].value_counts()
    hot, none = counts.get("hot", 0), counts.get("no data", 0)
    found = (
        f"{len(units):,}개 구역 중 {hot:,}개가 핫스팟입니다."
        if hot
        else f"{len(units):,}개 구역 중 핫스팟은 없습니다."
    )
    return f"{found} {none:,}개는 자료가 없어 판단하지 않았습니다." if none else found


def _paths(units: gpd.GeoDataFrame) -> str:
    """Return one path a unit; hot ones last, so that their outline lies on top."""
    status = units["status"].to_numpy()
    order = sorted(range(len(units)), key=lambda n: ("no data", "not significant", "hot").index(status[n]))
    shapes, names = outlines(units), _names(units)
    return "\n".join(
        f'<path class="{CLASS[status[n]]}" data-unit="{n}" d="{shapes[n]}"><title>'
        f"{escape(names[n])} · {STATUS['ko'][status[n]]}</title></path>"
        for n in order
    )


def _name(units: gpd.GeoDataFrame, number: int) -> str:
    return units["name"].iloc[number] or units.index[number]


def _names(units: gpd.GeoDataFrame) -> list[str]:
    return [name or code for name, code in zip(units["name"], units.index, strict=True)]


def _link(units: gpd.GeoDataFrame, number: int) -> str:
    return f'<button type="button" class="link" data-choose="{number}">{escape(_name(units, number))}</button>'


def _legend() -> str:
    fill = {"hot": "url(#stripes-key)", "not significant": "#d3e1f8", "no data": "url(#dots-key)"}
    edge = {"hot": ("#1e2124", 2), "not significant": ("#b7c9e8", 1), "no data": ("#cdd1d5", 1)}
    items = [
        f'<li><svg viewBox="0 0 40 24" aria-hidden="true"><rect x="1" y="1" width="38" height="22" '
        f'fill="{fill[word]}" stroke="{edge[word][0]}" stroke-width="{edge[word][1]}"/></svg>'
        f"<span><b>{STATUS['ko'][word]}</b> {MEANING[word]}</span></li>"
        for word in ("hot", "not significant", "no data")
    ]
    items.append(
        '<li><svg viewBox="0 0 40 24" aria-hidden="true"><circle cx="12" cy="12" r="4" class="persons"/>'
        '<circle cx="27" cy="12" r="7" class="persons"/></svg>'
        "<span>핫스팟이 아닌 구역을 다녀간 서로 다른 확진자 수</span></li>"
    )
    return "\n".join(items)


def _clusters(units: gpd.GeoDataFrame, clusters: pd.DataFrame, repeat: dict | None) -> str:
    if clusters.empty:
        return '<p class="soft">서로 다른 확진자가 우연보다 뚜렷이 많이 모인 곳은 없습니다.</p>'
    items = [_cluster(units, row, repeat) for row in clusters.itertuples()]
    return f'<ol class="cards">{"".join(items)}</ol>'


def _cluster(units: gpd.GeoDataFrame, row, repeat: dict | None) -> str:
    where = [units.index.get_loc(code) for code in row.members]
    links = ", ".join(_link(units, number) for number in where[:12])
    rest = f" 외 {len(where) - 12}곳" if len(where) > 12 else ""
    stays = ""
    if repeat is not None:
        stays = f"<p class='units'>{_without(len(set(repeat['hot']) & set(row.members)), len(row.members))}</p>"
    return (
        f"<li><p><b>{row.rank}. {days_text(row.start, row.end)}</b> 서로 다른 확진자 "
        f"<b>{row.distinct_persons}명</b>이 {row.visits}번 다녀갔습니다.</p>"
        f"<p>사람과 시각이 그대로이고 장소만 우연이라면 {figure(row.expected)}명이 예상됩니다"
        f"<span class='keep'>(p = {row.p:.3f})</span>.</p>{stays}<p class='units'>{links}{rest}</p></li>"
    )


def _without(hot: int, of: int) -> str:
    if hot == of:
        return "병원 방문을 빼고 분석해도 핫스팟입니다."
    return f"병원 방문을 빼면 {of}곳 중 {hot}곳만 핫스팟입니다." if hot else "병원 방문을 빼면 핫스팟이 아닙니다."


def _days(visits: pd.DataFrame, clusters: pd.DataFrame, summary: dict) -> str:
    """Return a bar chart of judged visits by the day they began on; days of a hot cluster are marked."""
    first, last = (date.fromisoformat(summary["period"][name]) for name in ("first_day", "last_day"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    began = pd.DatetimeIndex(visits["start"]).tz_convert("Asia/Seoul").date
    counts = pd.Series(began).value_counts().reindex(days, fill_value=0).to_numpy()
    top, step = max(int(counts.max()), 1), 560 / len(days)
    inside = [any(row.start <= day < row.end for row in clusters.itertuples()) for day in days]
    bars = "".join(
        f'<rect x="{20 + n * step:.1f}" y="{110 - 90 * count / top:.1f}" width="{max(step - 1.5, 1):.1f}" '
        f'height="{90 * count / top:.1f}" class="{"inside" if within else "day"}">'
        f"<title>{day.month}월 {day.day}일 {count}건</title></rect>"
        for n, (day, count, within) in enumerate(zip(days, counts, inside, strict=True))
    )
    every = max(1, -(-len(days) // 8))
    ticks = "".join(
        f'<text x="{20 + n * step:.1f}" y="126">{day.month}.{day.day}</text>'
        for n, day in enumerate(days)
        if n % every == 0
    )
    told = f"하루 가장 많은 방문은 {top if counts.max() else 0}건입니다. 진한 막대는 핫스팟 군집의 기간입니다."
    return (
        f'<svg class="days" viewBox="0 0 600 132" role="img" aria-label="날짜별 확진자 방문 수. {told}">'
        f'<line x1="20" y1="110" x2="580" y2="110"/><text x="0" y="24">{top}</text>{bars}{ticks}</svg>'
        f'<p class="soft">{told}</p>'
    )


def _warnings(summary: dict) -> str:
    if not summary["warnings"]:
        return ""
    items = "".join(f"<li>{escape(warning['ko'])}</li>" for warning in summary["warnings"])
    head = '<section class="warnings" aria-labelledby="limits"><h2 id="limits">읽기 전에</h2>'
    return f"{head}<ul>{items}</ul></section>"


def _listed(units: gpd.GeoDataFrame) -> list[int]:
    """Return the units of the table: with data, hot first, then by distinct persons and relative risk."""
    table = units.assign(n=np.arange(len(units)), last=units["status"].map({"hot": 0, "not significant": 1}))
    table = table[table["status"] != "no data"].rename_axis("unit_code").reset_index()
    table = table.sort_values(
        ["last", "distinct_persons", "relative_risk", "unit_code"], ascending=[True, False, False, True]
    )
    return table["n"].head(LISTED).tolist()


def _table_note(units: gpd.GeoDataFrame) -> str:
    rest = len(units) - len(_listed(units))
    told = "핫스팟, 확진자 수, 상대위험도 순입니다."
    return f"{told} 자료가 없는 구역 등 {rest}곳은 생략했습니다(전체는 hotspots.geojson)." if rest else told


def _rows(units: gpd.GeoDataFrame) -> str:
    return "\n".join(_row(units, number) for number in _listed(units))


def _row(units: gpd.GeoDataFrame, number: int) -> str:
    unit = units.iloc[number]
    risk = f"{figure(unit['relative_risk'])} ({figure(unit['ci_low'])}–{figure(unit['ci_high'])})"
    cells = [
        f'<th scope="row">{_link(units, number)}</th>',
        f'<td><span class="badge" data-status="{unit["status"]}">{STATUS["ko"][unit["status"]]}</span></td>',
        *(
            f'<td class="n">{text}</td>'
            for text in (
                unit["distinct_persons"],
                unit["observed"],
                figure(unit["expected"]),
                risk if np.isfinite(unit["ci_low"]) else "–",
                f"{score(unit['z'])} ({figure(unit['q'])})" if np.isfinite(unit["z"]) else "–",
                f"{unit['coverage']:.1%}",
            )
        ),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def figure(value: float) -> str:
    """Return a number in two significant digits, "∞" or "–"."""
    if np.isposinf(value):
        return "∞"
    if not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def score(z: float) -> str:
    """Return a z-score with one decimal and a true minus sign, never "−0.0"."""
    return f"{round(z, 1) + 0.0:.1f}".replace("-", "−")


def sentences(unit: Mapping[str, object]) -> list[str]:
    """Return what the numbers of one unit (a row of the results) say, in plain Korean."""
    if unit["status"] == "no data":
        return [REASONS[unit["reason"]], "자료가 없다는 것은 안전하다는 뜻이 아닙니다."]
    persons, visits = int(unit["distinct_persons"]), int(unit["observed"])
    told = [
        f"서로 다른 확진자 {persons}명이 {visits}번 다녀갔습니다." if visits else "확진자의 방문 기록이 없습니다."
    ]
    told.append(f"관측 가능한 유동인구에 비례한다면 {figure(unit['expected'])}번이 예상됩니다.")
    if np.isfinite(unit["ci_low"]):
        low, high = figure(unit["ci_low"]), figure(unit["ci_high"])
        told.append(
            f"다른 곳에 견준 상대위험도는 {figure(unit['relative_risk'])}배(95 % 구간 {low}–{high})입니다."
        )
    if np.isfinite(unit["scan_p"]):
        told.append(f"이 구역이 든 가장 뚜렷한 군집의 p는 {unit['scan_p']:.3f}입니다.")
    if np.isfinite(unit["z"]):
        told.append(f"다른 방법(Gi*)의 의견: z = {score(unit['z'])}, q = {figure(unit['q'])}.")
    told.append(f"관측 가능 인·시간 1,000당 {figure(unit['rate'])}번(평활), 포착률 {unit['coverage']:.1%}.")
    return told + ([REASONS[unit["reason"]]] if unit["reason"] else [])


def _conditions(summary: dict) -> str:
    rows = summary["rows"]
    listed = {
        "코드 버전": summary["code_version"],
        "난수 씨앗(seed)": summary["seed"],
        "확진자 방문": f"읽음 {rows['read']}, 분석 {rows['kept']}",
        **{f"제외: {reason}": count for reason, count in rows["rejected"].items()},
        **summary["parameters"],
    }
    return "\n".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in listed.items()
    )


def _first(units: gpd.GeoDataFrame, clusters: pd.DataFrame) -> int | None:
    return None if clusters.empty else int(units.index.get_loc(clusters["centre"].iloc[0]))


def _data(units: gpd.GeoDataFrame, first: int | None) -> str:
    rows = pd.DataFrame(units.drop(columns="geometry")).to_dict("records")
    listed = [
        {"name": name, "status": row["status"], "text": sentences(row)}
        for name, row in zip(_names(units), rows, strict=True)
    ]
    data = {
        "units": listed,
        "status": STATUS["ko"],
        "first": first,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
