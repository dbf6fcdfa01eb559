"""What the watcher says to people, in Korean and English: steps, refusals of files, failed runs."""

from ..progress import STEPS
from ..refusals import (
    ExtractRefused,
    InputRefused,
    NothingToJudge,
    OutputRefused,
    PopulationRefused,
    Refused,
    UnitsRefused,
)

Words = dict[str, str]
KOREAN_STEPS = {
    "reading": "통계 프로그램을 불러옵니다",
    "extract": "출입 기록 추출본을 읽고 확인합니다",
    "population": "유동인구를 읽습니다",
    "coverage": "시설을 구역에 놓고 포착률을 추정합니다",
    "person_scan": "확진자가 모인 곳을 찾습니다(핫스팟 판정)",
    "gi_star": "두 번째 의견: Gi*",
    "visit_scan": "두 번째 의견: 방문 건수",
    "emerging": "새로 떠오르는 핫스팟과 보이지 않는 곳을 찾습니다",
    "repeat": "병원을 빼고 다시 찾습니다",
    "masked": "가려진 값을 가장 크게 잡고 다시 찾습니다",
    "unit_hours": "구역별 시간 자료를 씁니다",
    "footfall": "지도의 층을 씁니다",
    "maps": "지도를 그립니다",
    "plan_reading": "결과와 추출본을 읽습니다",
    "plan_routes": "조별 동선을 정합니다",
    "plan_sites": "선별검사소 자리를 찾습니다",
    "waiting": "차례를 기다립니다",
}
ENGLISH_STEPS = {"waiting": "Waiting for its turn"}
KINDS: tuple[tuple[type[Exception], str], ...] = (
    (PopulationRefused, "유동인구 자료를 쓸 수 없습니다"),
    (ExtractRefused, "출입 기록 추출본을 쓸 수 없습니다"),
    (InputRefused, "입력한 값이나 파일을 쓸 수 없습니다"),
    (UnitsRefused, "구역 경계 파일을 쓸 수 없습니다"),
    (NothingToJudge, "판단할 방문이나 유동인구가 없습니다"),
    (OutputRefused, "결과 폴더에 쓸 수 없습니다"),
    (Refused, "분석할 수 없습니다"),
    (MemoryError, "메모리가 모자라 분석하지 못했습니다"),
    (OSError, "파일을 읽거나 쓰지 못했습니다"),
)
"""The first that fits is said; the English sentence says more."""
REASONS = (
    ("no known layout", "알려진 자료 형식이 아닙니다"),
    ("damaged or cut off", "파일이 손상되었거나 중간에 잘렸습니다"),
    ("the zip holds no table", "압축 파일 안에 표가 없습니다"),
    ("packed too often", "압축이 너무 여러 겹입니다"),
    ("cannot be opened", "파일을 열 수 없습니다"),
    ("is a link", "파일이 아니라 다른 파일로 가는 링크입니다"),
    ("cannot be joined", "지금 쓰는 자료와 형식이 달라 함께 쓸 수 없습니다"),
    ("ambiguous", "열 이름을 한 가지로 읽을 수 없습니다"),
    ("counts foreigners only", "외국인만 센 자료입니다"),
    ("weekdays of a month", "요일별 월평균 자료는 읽지 않습니다"),
    ("no row can be used", "쓸 수 있는 행이 하나도 없습니다"),
    ("has not come yet", "아직 오지 않은 날짜가 들어 있습니다"),
    ("the same file", "같은 파일을 이미 받았습니다"),
    ("empty", "파일이 비어 있습니다"),
)
STOPPED = {
    "ko": "분석 프로그램이 도중에 멈췄습니다. 이전 결과를 그대로 보여 드립니다. 다시 요청하시기 바랍니다.",
    "en": "The analytics program stopped in the middle. The earlier result is still shown; please ask again.",
}


def step_words(step: str) -> Words:
    """Return the words of a step; one that is not known yet is simply work."""
    english = ENGLISH_STEPS.get(step) or STEPS.get(step, "Working")
    return {"ko": KOREAN_STEPS.get(step, "분석하고 있습니다"), "en": english}


def failure_words(error: BaseException) -> Words:
    """Return why a run failed, and that the earlier result is still shown. Only refusals are quoted."""
    said = next((text for kind, text in KINDS if isinstance(error, kind)), "분석하다가 문제가 생겼습니다")
    place = korean_place(error) if isinstance(error, InputRefused) else ""
    told = str(error) if isinstance(error, Refused) else f"An unexpected fault ({type(error).__name__})"
    return {
        "ko": f"{said}{f' ({place})' if place else ''}. 이전 결과를 그대로 보여 드립니다.",
        "en": f"{told.rstrip('.')}. The earlier result is still shown.",
    }


def korean_place(refusal: InputRefused) -> str:
    """Return file, row and field of a refusal, as far as it names them."""
    parts = [f"파일 {refusal.file}"] if refusal.file is not None else []
    parts += [f"{refusal.line}행"] if refusal.line is not None else []
    parts += [f"항목 {refusal.field}"] if refusal.field is not None else []
    return ", ".join(parts)


def refusal_text(name: str, refusal: InputRefused) -> str:
    """Return what is written beside a file that was refused: Korean first, then English with all facts."""
    korean = next((text for start, text in REASONS if start in refusal.reason), "쓸 수 없는 파일입니다")
    rows = [("파일", name), ("행", refusal.line), ("항목", refusal.field), ("까닭", f"{korean}.")]
    english = [("file", name), ("row", refusal.line), ("field", refusal.field), ("reason", refusal.reason)]

    def table(facts: list[tuple[str, object]]) -> str:
        return "".join(f"  {label}: {fact}\n" for label, fact in facts if fact is not None)

    return (
        f"이 유동인구 파일은 받지 못했습니다.\n{table(rows)}"
        "고친 파일을 다시 넣어 주시기 바랍니다. 받는 형식은 docs/data.md에 있습니다.\n\n"
        f"This population file was refused.\n{table(english)}"
        "Please put a corrected file into the inbox; docs/data.md lists the layouts that are read.\n"
    )
