"""The daily hotspot brief as two sheets: what is hot, why, since when, how sure, what to do, what is not known."""

from html import escape

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..outputs.shapes import outlines, view_box
from ..verdict import HOT, NO_DATA, NOT_SIGNIFICANT
from .daily import DISINFECT_WITHIN, SHOWN, Daily, HotPlace, hot_units
from .dongs import Dongs
from .html import document, head, heat, items, notes, section, table
from .html_weekly import UNLIKE
from .reading import Run
from .words import date_text, days_text, figure, hours_text, named, people, percent, short_date, signed

TITLE = "일일 핫스팟 보고"
WHY = {
    "masked": "유동인구 가려짐",
    "absent": "유동인구 자료 없음",
    "no_active_facility": "출입을 기록하는 시설 없음",
    "not_yet": "자료가 아직 오지 않음",
    "nothing_logged": "기록된 출입 없음",
    "too_thin": "관측이 너무 적음",
}
ROWS = 8  # hot units in the table of the second sheet
WARNED = 3


def daily_html(run: Run, dongs: Dongs, brief: Daily) -> str:
    """Return the brief as a page."""
    period = f"{date_text(run.days[0])} ~ {date_text(run.days[-1])}"
    first = head(TITLE, f"{date_text(brief.known.date())} 기준 · 분석 기간 {period}")
    first += _verdict(brief)
    first += section("핫스팟", items(place_lines(brief)), _more(brief))
    first += section("오늘 할 일", items(to_do(brief)))
    first += section("유동인구", items(footfall(dongs, brief)), short_date(brief.day))
    first += section("알 수 없는 것", items(unknown(brief)))
    second = section("핫스팟 지도", _map(run, dongs, brief))
    second += section(
        "핫스팟의 시간대별 유동인구", _hours(run, brief), "마지막 한 주의 평균, 하루 최대를 100으로 함"
    )
    second += section("핫스팟 구역", _table(run, dongs), f"확진자가 많은 순, {ROWS}곳까지")
    second += notes(_notes(run, brief))
    return document(f"{TITLE} {date_text(brief.known.date())}", [first, second], run)


def _verdict(brief: Daily) -> str:
    hot = list(dict.fromkeys(name for place in brief.places for name in place.dongs))
    told = f"핫스팟 {brief.counts[HOT]:,}곳" if brief.places else "핫스팟 없음"
    where = f" — {escape(named(hot, 4))}" if hot else ""
    rest = f"유의하지 않음 {brief.counts[NOT_SIGNIFICANT]:,}곳, 자료 없음 {brief.counts[NO_DATA]:,}곳"
    calm = "" if brief.places else " calm"
    rest += ". 자료 없음은 안전하다는 뜻이 아님."
    return f'<div class="verdict{calm}"><p><b>{told}</b>{where}</p><p>{rest}</p></div>'


def place_lines(brief: Daily) -> list[str | tuple[str, list[str]]]:
    """Return what is told of each of the strongest clusters: where and when, why, how sure."""
    if not brief.places:
        return ["서로 다른 확진자가 우연보다 뚜렷이 많이 모인 곳은 없음."]
    return [(_where(place), [_why(place), _since(brief, place), _sure(place)]) for place in brief.places[:SHOWN]]


def _where(place: HotPlace) -> str:
    where = named(place.dongs) if place.dongs else "동 밖"
    if place.centre not in place.dongs:  # the name by which it is found on the officer's map
        where += f"({place.centre})"
    return f"{place.rank}. {where} — 구역 {len(place.units):,}곳, 서로 다른 확진자 {place.distinct_persons}명"


def _why(place: HotPlace) -> str:
    return (
        f"왜: 우연이라면 {figure(place.expected)}명이 예상되나 서로 다른 확진자 {place.distinct_persons}명이 "
        f"{place.visits}번 다녀감(예상의 {figure(place.relative_risk)}배)."
    )


def _since(brief: Daily, place: HotPlace) -> str:
    told = f"언제부터: {days_text(place.start, place.end)}에 몰림."
    if place.last_visit is None:
        return f"{told} 마지막 방문일은 날짜로만 알려져 확인 필요."
    ago = f"{place.days_since}일 전" if place.days_since else "보고한 날"
    return f"{told} 마지막 확진자 방문은 {short_date(place.last_visit)}({ago})."


def _sure(place: HotPlace) -> str:
    second = f"Gi*도 {len(place.units):,}곳 중 {place.second:,}곳을 높게 봄"
    told = f"얼마나 확실한가: p = {place.p:.3f}, {second if place.second else '둘째 의견(Gi*)은 높게 보지 않음'}."
    if place.without is None:
        return told
    if place.without == len(place.units):
        return f"{told} 병원 방문을 빼도 같음."
    return f"{told} 병원 방문을 빼면 {place.without:,}곳만 남음."


def _more(brief: Daily) -> str:
    rest = len(brief.places) - SHOWN
    return f"뚜렷한 순, 외 {rest}건은 엑셀 파일에 있음" if rest > 0 else "뚜렷한 순"


def to_do(brief: Daily) -> list[str]:
    """Return what follows from the hot clusters, by the rules of daily."""
    if not brief.places:
        return ["통상 방역을 유지하고 다음 분석을 확인함."]
    shown = brief.places[:SHOWN]
    lines = []
    for place in shown:
        where = f"{place.rank}번 {place.dongs[0] if place.dongs else '구역'}"
        if place.disinfect:
            when = f" 붐비는 {hours_text(place.busy)}를 피해" if place.busy else ""
            lines.append(f"{where}: 확진자가 다녀간 시설을{when} 소독하고 환기를 점검함.")
        else:
            lines.append(
                f"{where}: 마지막 방문 뒤 {DISINFECT_WITHIN}일이 지나 별도 소독은 필요하지 않음(통상 소독)."
            )
    dates = named([f"{place.rank}번 {days_text(place.start, place.end)}" for place in shown])
    lines.append(f"검사 안내: {dates}에 그곳에 있던 사람. 접촉자는 노출 목록에서 확인함.")
    busy = [f"{place.rank}번 {hours_text(place.busy)}" for place in shown if place.busy]
    if busy:
        lines.append(f"현장 점검과 인력은 가장 붐비는 시간에 배치함: {'; '.join(busy)}.")
    return lines


def footfall(dongs: Dongs, brief: Daily) -> list[str]:
    """Return the largest rises of the last day, and where it was unlike the usual."""
    lines = [
        f"{dongs.name(row.place)}: {(row.hour - 3) % 24}시에서 {row.hour}시 사이 {signed(row.surge)}"
        f"({people(row.people)})."
        for row in brief.surges.head(2).itertuples()
    ]
    unlike = brief.anomalies[brief.anomalies["share"].abs() >= UNLIKE].head(2)
    lines += [
        f"{dongs.name(row.place)}: 하루 평균이 평소({people(row.usual)})와 {percent(row.share)} 다름."
        for row in unlike.itertuples()
    ]
    if unlike.empty and len(brief.anomalies):
        lines.append(f"하루 평균이 평소와 {round(100 * UNLIKE)}% 이상 다른 동은 없음.")
    return lines or ["그날 센 자료가 없음."]


def unknown(brief: Daily) -> list[str]:
    """Return what the run cannot tell."""
    lines = []
    if brief.coverage is not None:
        lines.append(
            f"출입 기록이 관측한 것은 유동인구 인·시간의 {figure(100 * brief.coverage)}%임. "
            "기록하지 않는 곳의 일은 알 수 없음."
        )
    else:
        lines.append("공개된 동선만으로 분석함. 공개되지 않은 방문은 알 수 없음.")
    if brief.visitors is not None:
        low, high = (round(100 * part) for part in brief.visitors)
        lines.append(f"핫스팟의 시설이 실제 방문자를 기록한 비율은 {low}~{high}%로 추정됨.")
    reasons = sorted(brief.no_data.items(), key=lambda one: (-one[1], one[0]))[:2]
    if reasons:
        told = [f"{WHY.get(code, code)} {count:,}곳" for code, count in reasons]
        lines.append(f"판단하지 않은 구역 {brief.counts[NO_DATA]:,}곳 가운데 {', '.join(told)}.")
    if brief.blind_spots:
        lines.append(f"붐비지만 기록이 닿지 않는 곳(다음에 넓힐 후보): {named(list(brief.blind_spots))}.")
    if brief.masked_matters:
        lines.append(f"가려진 유동인구의 실제 값에 따라 판단이 달라지는 구역이 {brief.masked_matters}곳 있음.")
    if brief.left_out:
        lines.append(f"확진자 방문 {brief.left_out}건은 분석에 넣지 못함(이유는 분석 결과의 요약에 있음).")
    return lines


def _notes(run: Run, brief: Daily) -> list[str]:
    told = [
        "핫스팟: 사람과 시각은 그대로이고 장소만 우연일 때보다 뚜렷이 많은 확진자가 모인 곳(p ≤ 유의수준).",
        "민감시설은 집계에 들어 있으나 동보다 작은 단위로 나타내지 않음. 대외 공개는 공개용 결과로 할 것.",
    ]
    if run.going_on is not None:
        told.append(
            f"핫스팟 판정에는 아직 끝나지 않은 {short_date(run.going_on)}의 지금까지 시간이 들어 있음. "
            "유동인구는 끝난 날까지만 실음."
        )
    return [*told, *brief.warnings[:WARNED]]


def _map(run: Run, dongs: Dongs, brief: Daily) -> str:
    """Return the dongs with the hot units in them, and the rank of each cluster."""
    west, south, east, north = dongs.areas.total_bounds
    step = max(east - west, north - south) / 2_000

    def moved(frame: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
        shapes = shapely.simplify(frame.geometry.to_numpy(), tolerance)
        shapes = shapely.transform(shapes, lambda at: np.column_stack([at[:, 0] - west, north - at[:, 1]]))
        return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index), crs=None)

    areas = moved(dongs.areas, step)
    hot = moved(run.units[run.units["status"] == HOT], 0.0)
    box, _ = view_box(areas)
    size = max(east - west, north - south) / 100
    blank = [" blank" if word == NO_DATA else "" for word in areas["word"]]
    paths = "".join(
        f'<path class="area{kind}" stroke-width="{size / 6:.0f}" d="{path}"/>'
        for kind, path in zip(blank, outlines(areas), strict=True)
    )
    if len(hot):
        paths += "".join(f'<path class="hot" stroke-width="{size / 8:.0f}" d="{path}"/>' for path in outlines(hot))
    points = areas.geometry.representative_point()
    names = "".join(
        f'<text class="name-of" x="{at.x:.0f}" y="{at.y:.0f}" font-size="{2.7 * size:.0f}" '
        f'stroke-width="{size / 2:.0f}">{escape(dongs.name(code))}</text>'
        for code, at in points.items()
    )
    ranks = "".join(_rank(run, place, west, north, size) for place in brief.places[:SHOWN])
    return (
        f'<svg style="height:114mm" viewBox="{box}" role="img" aria-label="동별 지도에 표시한 핫스팟 구역">'
        f"{paths}{names}{ranks}</svg>"
        '<p class="key"><span><i class="hot-key"></i>핫스팟 구역</span><span>번호는 핫스팟의 순위</span>'
        "<span>회색 동은 자료 없음</span></p>"
    )


def _rank(run: Run, place: HotPlace, west: float, north: float, size: float) -> str:
    at = run.units.geometry.loc[place.units[0]].representative_point()
    x, y = at.x - west + 3 * size, north - at.y - 3 * size
    return (
        f'<g class="rank"><circle cx="{x:.0f}" cy="{y:.0f}" r="{1.9 * size:.0f}" stroke-width="{size / 3:.0f}"/>'
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{2.4 * size:.0f}">{place.rank}</text></g>'
    )


def _hours(run: Run, brief: Daily) -> str:
    if not brief.places:
        return items(["핫스팟이 없음."])
    top = "".join(f'<th scope="col">{hour}</th>' for hour in range(24))
    rows = []
    for place in brief.places[:SHOWN]:
        at = run.units.index.get_indexer(place.units)
        by_hour = np.nansum(run.population[at][:, -7 * 24 :].reshape(len(at), -1, 24), axis=(0, 1))
        most = by_hour.max()
        cells = "".join(
            f'<td class="g{min(int(10 * value / most), 9)}">{100 * value / most:.0f}</td>'
            if most
            else "<td>–</td>"
            for value in by_hour
        )
        name = f"{place.rank}. {place.dongs[0] if place.dongs else ''}"
        rows.append(f'<tr><th scope="row" class="name">{escape(name)}</th>{cells}</tr>')
    return heat("", "핫스팟 \\ 시", top, rows)


def _table(run: Run, dongs: Dongs) -> str:
    every = hot_units(run, dongs)
    hot = every[every["distinct_persons"] > 0]
    if hot.empty:
        return items(["핫스팟 구역이 없음."])
    rows = [
        [
            row.name_or_code,
            dongs.name(str(row.dong)) if isinstance(row.dong, str) else "–",
            f"{row.distinct_persons:.0f}명",
            f"{row.observed:.0f}건",
            f"{figure(row.expected)}건",
            _interval(row),
            f"{row.scan_p:.3f}",
            "높음" if row.q <= run.summary["parameters"]["alpha"] else "–",
        ]
        for row in hot.head(ROWS).assign(name_or_code=_labels(hot.head(ROWS))).itertuples()
    ]
    columns = ["구역", "동", "확진자", "방문", "예상", "상대위험도(95% 구간)", "p", "Gi*"]
    quiet = len(every) - len(hot)
    more = f"확진자가 없는 이웃 {quiet:,}곳은 생략함" if quiet else ""
    return table(columns, rows, numbers={2, 3, 4, 5, 6, 7}, caption=more)


def _labels(hot: pd.DataFrame) -> list[str]:
    return [str(name or code) for name, code in zip(hot["name"], hot["unit_code"], strict=True)]


def _interval(row) -> str:
    ends = [figure(value) for value in (row.relative_risk, row.ci_low, row.ci_high)]
    return f"{ends[0]} ({ends[1]}~{ends[2]})"
