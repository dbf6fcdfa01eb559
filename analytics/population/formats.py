"""The layouts that are known. What surprises in them is told in docs/data.md.

Sources: Seoul Open Data Plaza OA-14991 (dong), OA-14979 (block), OA-22784 (250 m grid), API SPOP_LOCAL_RESD_DONG;
SKT: big-data contest, table FLOW_TIME; Big Data Hub; living population by dong. KT: cells and dongs as carriers'
customers get them; Hanam, data.go.kr 15148384. Gyeonggi: data.go.kr 15151641 (dong), 15151638 (district).
"""

from .layouts import Layout, Names

DAY: Names = ("기준일ID", "YMD", "STDR_DE_ID")
HOUR: Names = ("시간대구분", "TT", "TMZON_PD_SE")
DONG: Names = ("행정동코드", "H_DNG_CD", "ADSTRD_CODE_SE")
BLOCK: Names = ("집계구코드", "TOT_REG_CD")
DISTRICT: Names = ("자치구코드", "SIGNGU_CODE_SE")
TOTAL: Names = ("총생활인구수", "SPOP", "TOT_LVPOP_CO")
SEX: Names = ("성별", "SEX", "SEX_DV")
AGE: Names = ("연령대", "연령대(10세단위)", "BIRTH_YEAR", "AGRDE_CLS")
AGE_AND_SEX = r"(?:남자?|여자?|[MF])_?\d\S*"

LAYOUTS = (
    Layout(
        "seoul_grid",
        "cell",
        ("일자",),
        ("시간",),
        (("dong", ("행정동코드",)), ("cell", ("250M격자",))),
        (("생활인구합계",),),
    ),
    Layout("seoul_block", "block", DAY, HOUR, (("dong", DONG), ("block", BLOCK)), (TOTAL,)),
    Layout("seoul_dong", "dong", DAY, HOUR, (("dong", DONG),), (TOTAL,)),
    Layout("seoul_gu", "gu", DAY, HOUR, (("gu", DISTRICT),), (TOTAL,)),
    Layout(
        "skt_flow_time",
        "dong",
        ("STD_YMD",),
        (),
        (("dong", ("HDONG_CD",)),),
        tuple((f"TMST_{hour:02d}",) for hour in range(24)),
    ),
    Layout(
        "skt_hub",
        "gu",
        ("일자", "DATE"),
        ("시간", "시간(1시간단위)", "HOUR"),
        (("province", ("시", "PROVINCE")), ("district", ("군구", "CITY"))),
        (("유동인구수", "FP_NUM"),),
        groups=(AGE, SEX),
    ),
    Layout(
        "skt_living",
        "dong",
        ("BASEDATE",),
        ("TIMEZN_CD",),
        (("dong", ("ADMDONG_CD",)),),
        bands=AGE_AND_SEX,
    ),
    Layout(
        "kt_city",
        "gu",
        ("연도_월_일",),
        ("시간코드",),
        (("gu", ("시군구코드",)),),
        bands=AGE_AND_SEX,
        groups=(("외국인구분",),),
    ),
    Layout(
        "kt_city_dong",
        "dong",
        ("연도_월_일",),
        ("시간코드",),
        (("dong", ("행정동코드",)),),
        bands=AGE_AND_SEX,
        groups=(("외국인구분",),),
    ),
    Layout(
        "kt_cell",
        "cell",
        ("ETL_YMD", "기준일자(ETL_YMD)"),
        ("TIMEZN_CD", "시간대(TIMEZN_CD)"),
        (
            ("dong", ("ADMI_CD", "행정동코드(ADMI_CD)")),
            ("x", ("X", "X_COORD", "X좌표(X_COORD)")),
            ("y", ("Y", "Y_COORD", "Y좌표(Y_COORD)")),
        ),
        (("TOTAL", "합계(TOTAL)"),),
    ),
    Layout(
        "kt_dong",
        "dong",
        ("ETL_YMD",),
        ("TIMEZN_CD",),
        (("dong", ("ADMDONG_CD",)),),
        (("POP",),),
        groups=(("SEX_AGE_CD",),),
    ),
    Layout(
        "gyeonggi_dong",
        "dong",
        ("기준년월",),
        ("시간대코드",),
        (("dong", ("행정동코드",)),),
        (("유동인구수",),),
        monthly=True,
    ),
    Layout(
        "gyeonggi_gu",
        "gu",
        ("기준년월",),
        ("시간대코드",),
        (("gu", ("시군구코드",)),),
        (("유동인구수",),),
        monthly=True,
    ),
    Layout(
        "gyeonggi_gu_day",
        "gu",
        ("CRTR_YMD",),
        ("TMZN_CD",),
        (("gu", ("SGG_CD",)),),
        (("REVISN_AMBLT_PUL_CNT",), ("REVISN_NMBLT_PUL_CNT",)),
        groups=(SEX, AGE),
    ),
)
