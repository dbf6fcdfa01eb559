"""The words of the maps, in Korean and, for a picture without a Korean font, in English."""

from datetime import timedelta

import pandas as pd

STATUS = {
    "ko": {"hot": "핫스팟", "not significant": "유의하지 않음", "no data": "자료 없음"},
    "en": {"hot": "hot", "not significant": "not significant", "no data": "no data"},
}
MEANING = {
    "hot": "서로 다른 확진자가 우연보다 뚜렷이 많이 다녀간 곳",
    "not significant": "우연과 구별되지 않는 곳(안전하다는 뜻이 아님)",
    "no data": "출입 기록이나 유동인구 자료가 없거나 너무 적어 판단하지 않은 곳",
}
REASONS = {
    "masked": "유동인구가 세 명 이하로 공개되지 않았습니다.",
    "absent": "유동인구 자료가 없습니다.",
    "no_active_facility": "지도에 나타낼 수 있는 출입 기록이 없습니다.",
    "not_yet": "유동인구와 출입 기록이 아직 오지 않았습니다.",
    "nothing_logged": "기록하는 시설은 있으나 기록된 출입이 없습니다.",
    "too_thin": "관측 가능한 유동인구가 너무 적어 이 구역만으로는 판단하지 않았습니다.",
    "no_neighbour_with_data": "자료가 있는 이웃 구역이 없어 Gi*를 계산하지 않았습니다.",
}
PAGE = {
    "ko": {
        "title": "핫스팟 지도",
        "period": "분석 기간 {first} – {last}",
        "as_of": "자료 기준 {as_of}",
        "found": "{total:,}개 구역 중 핫스팟 {hot:,}개, 자료 없음 {none:,}개",
        "persons": "서로 다른 확진자 수(핫스팟이 아닌 구역)",
        "cluster": "{rank}. {days} · 확진자 {persons}명(기대 {expected}명) · 방문 {visits}건 · p = {p}",
        "none": "우연보다 뚜렷이 많은 확진자가 모인 군집은 없습니다.",
        "made": "seed {seed} · {version} · {created} 만듦",
        "scale": "{km} km",
        "more": "군집 {count}개 더 있음",
        "others": "외 {count}곳",
    },
    "en": {
        "title": "Hotspot map",
        "period": "Period {first} to {last}",
        "as_of": "Known by {as_of}",
        "found": "{hot:,} of {total:,} units hot, {none:,} without data",
        "persons": "distinct confirmed persons (units that are not hot)",
        "cluster": "{rank}. {days} · {persons} persons (expected {expected}) · {visits} visits · p = {p}",
        "none": "No cluster of persons beyond chance.",
        "made": "seed {seed} · {version} · made {created}",
        "scale": "{km} km",
        "more": "{count} more clusters",
        "others": "and {count} more units",
    },
}


def hot_clusters(clusters: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return the person-based clusters that decide `hot`, strongest first."""
    return clusters[(clusters["kind"] == "person") & (clusters["p"] <= alpha)].sort_values("rank")


def cluster_line(row, language: str) -> str:
    """Return one cluster as a line of text."""
    return PAGE[language]["cluster"].format(
        rank=row.rank,
        days=days_text(row.start, row.end, language),
        persons=row.distinct_persons,
        expected=f"{row.expected:.2g}",
        visits=row.visits,
        p=f"{row.p:.3f}",
    )


def days_text(start, end, language: str = "ko") -> str:
    """Return half-open days as a person says them, the last day included: "8월 13일", "8월 13일–9월 1일"."""
    last = end - timedelta(days=1)
    told = [f"{day.month}월 {day.day}일" if language == "ko" else f"{day:%m-%d}" for day in (start, last)]
    return told[0] if start == last else "–".join(told)


def minute(moment: str) -> str:
    """Return an ISO time as "2020-08-29 00:00"."""
    return moment[:16].replace("T", " ")


def end_of(period: dict) -> str:
    """Return the last day of a period, with the hour until which it goes where it is not over."""
    return minute(period["until"]) if period.get("until") else period["last_day"]
