"""What a team notes, in words: for its own page and for the officer's."""

from flask_babel import lazy_gettext as _l

from entry_service.core.disinfection import Agent, Obstacle, Surface

AGENTS: dict[Agent, str] = {
    "hypochlorite": _l("차아염소산나트륨"),
    "quat": _l("4급 암모늄"),
    "alcohol": _l("알코올"),
    "peroxide": _l("과산화수소"),
}
SURFACES: dict[Surface, str] = {
    "handles": _l("출입문 손잡이"),
    "lift": _l("승강기 단추"),
    "rails": _l("난간·계단 손잡이"),
    "tables": _l("책상·탁자"),
    "chairs": _l("의자·팔걸이"),
    "toilets": _l("화장실(수도꼭지·변기)"),
    "switches": _l("전등 스위치"),
    "devices": _l("전화·키보드·단말기"),
    "counter": _l("계산대·접수대"),
    "floor": _l("바닥"),
}
OBSTACLES: dict[Obstacle, str] = {
    "closed": _l("문이 닫혀 있음"),
    "refused": _l("시설에서 거절"),
    "not_found": _l("장소를 찾지 못함"),
    "no_time": _l("시간 부족"),
    "no_supplies": _l("약제·장비 부족"),
    "other": _l("그 밖의 사유"),
}
