"""Facility categories with what is assumed of a stay there until a site's own check-outs teach better.

``dwell`` is the usual stay in minutes; it closes a visit whose check-out was not scanned. Categories follow the
official lists of 2020 (중점관리시설, 일반관리시설, public institutions); the minutes are our assumption.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of facility: code, names, assumed dwell (minutes), usual opening hours (closes > 24: next day)."""

    code: str
    korean: str
    english: str
    dwell_minutes: int
    opens: int
    closes: int


_ROWS = (
    Category("public_office", "공공청사", "Public office", 40, 8, 19),
    Category("community_center", "행정복지센터", "Community centre", 30, 8, 19),
    Category("library", "도서관", "Library", 90, 7, 23),
    Category("culture", "문화시설·전시", "Culture and exhibition", 75, 9, 22),
    Category("performance", "공연장", "Performance hall", 130, 9, 23),
    Category("indoor_sports", "실내체육시설", "Indoor sports", 80, 6, 23),
    Category("health", "보건·의료기관", "Health and medical", 50, 0, 24),
    Category("welfare", "사회복지시설", "Social welfare", 120, 7, 22),
    Category("religious", "종교시설", "Religious facility", 90, 5, 23),
    Category("restaurant", "식당·카페", "Restaurant and café", 60, 6, 26),
    Category("buffet", "뷔페", "Buffet", 80, 10, 23),
    Category("karaoke", "노래연습장", "Karaoke", 90, 12, 29),
    Category("entertainment", "유흥시설", "Entertainment", 150, 17, 30),
    Category("pc_room", "PC방", "PC room", 120, 0, 24),
    Category("academy", "학원·교습소", "Academy", 110, 8, 23),
    Category("study_room", "독서실·스터디카페", "Study room", 180, 0, 24),
    Category("cinema", "영화관", "Cinema", 140, 8, 27),
    Category("bath", "목욕장업", "Bath house", 120, 5, 24),
    Category("beauty", "이·미용업", "Hair and beauty", 60, 8, 22),
    Category("wedding", "결혼식장", "Wedding hall", 100, 9, 21),
    Category("funeral", "장례식장", "Funeral hall", 90, 0, 24),
    Category("store", "상점·마트·백화점(300m² 이상)", "Store (300 m² and more)", 35, 7, 24),
    Category("arcade", "오락실·멀티방", "Arcade", 60, 9, 26),
    Category("direct_sales", "직접판매홍보관", "Direct sales hall", 120, 8, 22),
    Category("standing_hall", "실내 스탠딩공연장", "Standing concert hall", 150, 12, 26),
    Category("commercial_area", "상업지역", "Commercial area", 60, 0, 24),
    Category("station", "철도역사", "Railway station", 10, 4, 26),
    Category("other", "기타", "Other", 60, 0, 24),
)
CATEGORIES = {category.code: category for category in _ROWS}


def assumed_dwell(code: str) -> timedelta:
    """Return the stay assumed where no check-out was scanned; an unknown category counts as ``other``."""
    return timedelta(minutes=CATEGORIES.get(code, CATEGORIES["other"]).dwell_minutes)
