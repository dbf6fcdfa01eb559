"""What is withheld and why, in sentences for everybody."""

from .counts import ENTRIES, INDEX_VISITS, Rules
from .unlogged import FEWEST, FIRST, LAST, STEP


def explain(rules: Rules, measures: list[str]) -> list[dict[str, str]]:
    """Return the rules of a publication as sentences in Korean and English."""
    k = rules.k
    said = [
        (
            "sensitive",
            "값을 공개한 날에 민감시설이던 곳은 어떤 값에도 들어 있지 않습니다.",
            "Facilities that were sensitive when a figure came out are in none of the figures.",
        ),
        (
            "complementary",
            f"{k} 이상인데 비공개인 값은, 합계에서 빼면 작은 값을 알 수 있게 되는 칸입니다.",
            f"A figure of {k} or more that is withheld would let a small one be worked out from the totals.",
        ),
        (
            "once",
            "한 번 공개한 값은 고치지 않습니다. 두 자료의 차이로 작은 값이 드러나지 않게 하기 위함입니다.",
            "A figure that is out is never revised: two publications tell no small count by their difference.",
        ),
    ]
    if INDEX_VISITS in measures:
        said.append(
            (
                "words",
                f"동의 판단은 확진자 방문을 공개할 날이 된 날들만 보며, 새로 더해진 확진자가 {k}명 이상일 때만 "
                "새로 합니다. 그때까지는 앞의 판단을 그대로 둡니다.",
                f"The words rest on days whose index visits are due, and are judged anew only when at least {k} "
                "confirmed persons were added; until then those before stay.",
            )
        )
    if ENTRIES in measures:
        said.append(
            (
                "gaps",
                "기록하지 못한 시간(장애, 아직 참여하지 않은 시설)은 세지 않았습니다. "
                "값이 작다고 한산했다는 뜻은 아닙니다.",
                "Hours that were not logged (outages, facilities that had not joined) are not counted: "
                "a small figure does not mean a quiet day.",
            )
        )
        said.append(
            (
                "unlogged",
                f"기록하지 못한 시간의 비율은 {FIRST}시부터 {LAST}시까지 문을 닫지 않은 시설의 시간 가운데 "
                f"기록이 없는 부분이며, 시설이 {FEWEST}곳 이상일 때 {STEP}퍼센트 단위로 공개합니다.",
                f"The share of hours not logged is of the hours {FIRST} to {LAST} in which facilities were not "
                f"closed; it is told in steps of {STEP} percent where {FEWEST} or more facilities are behind it.",
            )
        )
        said.append(
            (
                "entries",
                f"출입 기록이 1건 이상 {k}건 미만인 값은 공개하지 않습니다. "
                f"하루가 끝나고 {rules.entries_after}일 뒤에 공개합니다.",
                f"Entries from 1 to {k - 1} are withheld; "
                f"a day comes out {rules.entries_after} days after its end.",
            )
        )
    if INDEX_VISITS in measures:
        said.append(
            (
                "index_visits",
                f"확진자 방문은 확진자 {k}명 이상이 다녀간 값만 공개하며 0건도 공개하지 않습니다. "
                f"하루가 끝나고 {rules.index_visits_after}일 뒤에 공개합니다.",
                f"Visits of confirmed persons are told where at least {k} such persons made them, "
                f"not even a zero; a day comes out {rules.index_visits_after} days after its end.",
            )
        )
    return [{"code": code, "ko": korean, "en": english} for code, korean, english in said]
