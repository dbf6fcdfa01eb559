"""What limits the reading of a result: sentences in Korean and English, made from the summary alone."""

from .coverage import ABSENT, MASKED, NOT_YET
from .sensitive import SENSITIVE_ALONE

GAPS = (
    " 값이 없는 시간은 그날 모든 구역의 시간대별 흐름으로 추정했고, 하루의 절반도 알 수 없는 구역은 뺐습니다.",
    " Hours without a figure are estimated by the day's rhythm in all units; units with less than half of a day "
    "are left out.",
)
"""What "the whole day" means where it is not wholly known."""
SO_FAR = (
    " 오늘은 지금까지 온 시간과 비교했습니다.",
    " Of today these are the hours that have come.",
)
NOT_OBSERVABLE_AS = "not observable: "
"""How a visit is told of that could not be judged; what was missing in its hours follows."""


def warnings(summary: dict) -> list[dict[str, str]]:
    """Return what limits the reading of the map, in Korean and English."""
    days, rows, coverage = summary["population"]["days"], summary["rows"], summary["coverage"]
    told = []

    def warn(code: str, ko: str, en: str) -> None:
        told.append({"code": code, "ko": ko, "en": en})

    if coverage["assumed"]:
        warn(
            "coverage_assumed",
            "출입 기록이 없는 공개 동선 자료입니다. 포착률을 1로 두었으므로 "
            "동선을 조사·공개한 정도의 차이가 결과에 섞여 있습니다.",
            "Published routes without a log: coverage is taken as 1, so differences in how routes were traced and "
            "published are in the result.",
        )
    repeat = summary["repeat"]
    if repeat is not None:
        gone, new = len(repeat["no_longer_hot"]), len(repeat["newly_hot"])
        before = len(summary["findings"]["hot"])
        warn(
            "without_hospital",
            "병원은 확진자가 옮긴 곳이 아니라 치료받은 곳일 수 있습니다. 병원 방문을 빼고 다시 분석하면 "
            f"핫스팟 {before}곳 가운데 {gone}곳이 핫스팟이 아니고, {new}곳이 새로 핫스팟입니다.",
            "Hospitals may be where patients went because they were ill: without hospital visits "
            f"{gone} of {before} hot units are no longer hot, {new} are new.",
        )
    masked = summary["masked"]
    if masked is not None and (masked["no_longer_hot"] or masked["newly_hot"]):
        gone, new = len(masked["no_longer_hot"]), len(masked["newly_hot"])
        warn(
            "masked_decides",
            "유동인구가 적어 가려진(*) 값에 결과가 달려 있습니다. 가려진 값을 가장 크게(칸마다 3명) 잡으면 "
            f"핫스팟 {gone}곳이 핫스팟이 아니고, {new}곳이 새로 핫스팟입니다.",
            "The result depends on masked (*) figures: with each at its upper bound (3 people a value) "
            f"{gone} hot unit(s) are no longer hot, {new} are new.",
        )
    if days["stood_in"]:
        count = len(days["stood_in"])
        warn(
            "population_stand_in",
            f"유동인구 자료가 없는 {count}일은 같은 요일·시각의 평균으로 대신했습니다.",
            f"{count} day(s) without population files use the mean of the same weekday and hour.",
        )
    if days["typical"]:
        count = len(days["typical"])
        warn(
            "population_typical_day",
            f"월별 유동인구 자료입니다. {count}일은 그 달의 평균적인 하루로 보았으므로 요일의 차이가 없습니다.",
            f"The population files know months only: {count} day(s) are the typical day of their month.",
        )
    if days["not_covered"]:
        count = len(days["not_covered"])
        warn(
            "population_not_covered",
            f"{count}일은 유동인구 자료가 없어 분석에서 빠졌습니다.",
            f"{count} day(s) have no population and are left out.",
        )
    bad = [source for source in summary["population"]["sources"] if source["rejected_counts"]]
    if bad:
        count = sum(sum(source["rejected_counts"].values()) for source in bad)
        line, why = bad[0]["rejected"][0]
        where = f"{bad[0]['file']}, line {line}: {why}"
        warn(
            "population_rows_rejected",
            f"유동인구 자료의 {count}행은 쓸 수 없어 뺐습니다(첫 행: {where}). 나머지는 summary.json에 있습니다.",
            f"{count} row(s) of the population could not be used (first: {where}); summary.json lists them.",
        )
    if summary["population"]["lost"]:
        count = len(summary["population"]["lost"])
        warn(
            "population_lost",
            f"유동인구 자료의 코드 {count}개가 경계 자료에 없습니다.",
            f"{count} code(s) of the population have no boundary.",
        )
    if summary["population"]["interpolated"]:
        told += _interpolated(summary["population"]["interpolated"])
    if rows["known_only_by_date"]:
        count = rows["known_only_by_date"]
        partly = {MASKED, ABSENT} & coverage["unit_hours_missing"].keys()
        gaps = GAPS if partly else ("", "")
        so_far = SO_FAR if summary["period"].get("until") else ("", "")
        warn(
            "date_only",
            f"방문 {count}건은 날짜만 알려져 하루 전체의 유동인구와 비교했습니다." + gaps[0] + so_far[0],
            f"{count} visit(s) are known only by date and are compared with the whole day." + gaps[1] + so_far[1],
        )
    if rows["rejected"].get(f"{NOT_OBSERVABLE_AS}{NOT_YET}"):
        count = rows["rejected"][f"{NOT_OBSERVABLE_AS}{NOT_YET}"]
        warn(
            "not_yet",
            f"방문 {count}건은 그 시각의 자료가 아직 오지 않아 판정에 넣지 않았습니다. "
            "확진자 등록 화면에는 있습니다.",
            f"{count} visit(s) are not judged: the figures of their hours have not come yet. "
            "The case register has them.",
        )
    if summary["period"].get("until") and summary["findings"]["hot"]:
        percent = f"{100 * summary['parameters']['alpha']:g}"
        warn(
            "many_looks",
            f"우연히 핫스팟이 나타날 확률이 {percent}% 이하라는 것은 결과 한 번에 대한 것입니다. "
            "하루에 여러 번 새로 분석하면 그보다 자주 나타납니다. 다음 결과에서도 핫스팟인지 확인하시기 바랍니다.",
            f"At most {percent} % of results show a hotspot by chance: that holds for one result. With many "
            "results a day one appears more often. See whether it is still hot in the next results.",
        )
    if rows["rejected"].get(SENSITIVE_ALONE):
        count = rows["rejected"][SENSITIVE_ALONE]
        warn(
            "sensitive_alone",
            f"방문 {count}건은 민감한 시설만 있는 구역이어서 위치가 드러나지 않도록 지도에 넣지 않았습니다. "
            "확진자 등록 화면에서 확인하시기 바랍니다.",
            f"{count} visit(s) are not on the map: their units hold sensitive facilities only and would "
            "show where these are. See the case register.",
        )
    if coverage["coverage"] > 1:
        warn(
            "coverage_above_one",
            "출입 기록의 인·시간이 유동인구보다 많습니다. 두 자료의 범위를 확인하시기 바랍니다.",
            "The log holds more person-hours than the population: check what both of them count.",
        )
    if summary["facilities"]["excluded_unknown"]:
        names = ", ".join(summary["facilities"]["excluded_unknown"])
        warn(
            "excluded_category_unknown",
            f"빼도록 한 업종 {names}의 시설이 자료에 없습니다. 업종 이름을 확인하시기 바랍니다.",
            f"No facility has the excluded category {names}: check its name.",
        )
    if (coverage["door_counts"] or {}).get("above"):
        count = coverage["door_counts"]["above"]
        warn(
            "door_counts_below_log",
            f"출입구에서 센 인원보다 출입 기록이 많은 시간이 {count}개 있습니다. 모두 기록된 것으로 보았습니다.",
            f"{count} hour(s) have more entries than people counted at the door; they are taken as fully logged.",
        )
    if rows["persons"] < 2:
        warn(
            "too_few_persons",
            "판단할 수 있는 확진자가 두 명 미만이어서 핫스팟이 나올 수 없습니다.",
            "Fewer than two confirmed persons could be judged: nothing can be hot.",
        )
    return told


def _interpolated(how: dict) -> list[dict[str, str]]:
    """Return what to know where people were shared out among units by area."""
    left = f"{how['uncovered']:.1%}"
    split, units = how["split"], how["from_units"]
    ko = (
        f"유동인구를 면적 비율로 나누었습니다(유동인구 구역 {units}곳 가운데 {split}곳). "
        "한 구역 안에서는 사람이 고르게 있다고 본 값이므로 구역보다 작은 곳의 차이는 알 수 없습니다. "
        f"분석 구역 밖에 남은 면적은 {left}입니다."
    )
    en = (
        f"Population was shared out by area ({split} of its {units} units): inside each of them people are taken "
        "to be spread evenly, so differences smaller than these units are not known. "
        f"{left} of its area is in no unit."
    )
    return [{"code": "population_interpolated", "ko": ko, "en": en}]
