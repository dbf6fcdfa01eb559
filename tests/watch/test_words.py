"""What the watcher says is Korean and English, names file, row and field, and tells nothing of the inside."""

import re

import pytest

from analytics.progress import STEPS
from analytics.refusals import ExtractRefused, NothingToJudge, PopulationRefused
from analytics.watch.progress import WEIGHTS
from analytics.watch.words import KOREAN_STEPS, failure_words, refusal_text, step_words


def test_every_step_of_every_kind_has_words_in_both_languages():
    told = {step for steps in WEIGHTS.values() for step in steps} | {"repeat", "waiting"}
    assert told <= KOREAN_STEPS.keys()
    assert told - {"waiting"} <= STEPS.keys()
    for step in told:
        assert re.search("[가-힣]", step_words(step)["ko"])
        assert not re.search("[가-힣]", step_words(step)["en"])


@pytest.mark.parametrize(
    ("error", "korean", "english"),
    [
        (
            PopulationRefused("'24' is no hour", file="a.csv", line=3, field="TT"),
            "파일 a.csv, 3행, 항목 TT",
            "line 3",
        ),
        (ExtractRefused("is not there", file="extract"), "추출본을 쓸 수 없습니다 (파일 extract)", "is not there"),
        (NothingToJudge("no visit is left"), "판단할 방문이나 유동인구가 없습니다", "no visit is left"),
        (MemoryError(), "메모리가 모자라", "MemoryError"),
        (ZeroDivisionError("secret 010-0000-0000"), "문제가 생겼습니다", "ZeroDivisionError"),
    ],
)
def test_a_failed_run_says_why_and_that_the_earlier_result_stays(error, korean, english):
    told = failure_words(error)
    assert korean in told["ko"]
    assert told["ko"].endswith("이전 결과를 그대로 보여 드립니다.")
    assert english in told["en"]
    assert told["en"].endswith("The earlier result is still shown.")
    assert "010" not in str(told)


def test_a_reason_that_has_no_korean_of_its_own_still_names_the_place():
    told = refusal_text("a.csv", PopulationRefused("a new reason", file="a.csv", line=9, field="TT"))
    assert "파일: a.csv" in told
    assert "행: 9" in told
    assert "쓸 수 없는 파일입니다" in told
    assert "reason: a new reason" in told
