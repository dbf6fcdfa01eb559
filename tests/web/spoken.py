"""What a screen reader says of a page: Chromium's own accessibility tree, read aloud in browse order and by Tab.

>>> ear = Ear(page)
>>> ear.browse()
['제목 1: 산본도서관', '단추: 입장', ...]

A line is role, name, states, value and description in the words of Korean screen readers. ``heard`` gives what
live regions, focus and changed text said since the last time; what changed in silence begins with ``SILENT``.
A screen reader puts things its own way; what the tree does not hold, none of them can say.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

INSIDE = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
SILENT = "(침묵)"
MOST_KEYS = 250
WORDS = {
    "link": "링크",
    "button": "단추",
    "heading": "제목",
    "textbox": "편집창",
    "searchbox": "검색창",
    "combobox": "선택 상자",
    "listbox": "목록 상자",
    "option": "항목",
    "MenuListOption": "항목",
    "checkbox": "확인란",
    "radio": "라디오 단추",
    "switch": "스위치",
    "slider": "슬라이더",
    "spinbutton": "숫자 편집창",
    "image": "그림",
    "img": "그림",
    "graphics-document": "그림",
    "table": "표",
    "columnheader": "열 제목",
    "rowheader": "행 제목",
    "cell": "칸",
    "gridcell": "칸",
    "list": "목록",
    "dialog": "대화 상자",
    "alertdialog": "경고 대화 상자",
    "alert": "경고",
    "status": "상태",
    "log": "기록",
    "navigation": "내비게이션",
    "main": "본문",
    "banner": "머리글",
    "contentinfo": "바닥글",
    "region": "영역",
    "form": "양식",
    "search": "검색",
    "group": "그룹",
    "figure": "그림 묶음",
    "DisclosureTriangle": "펼침 단추",
    "progressbar": "진행률",
    "meter": "계기",
    "time": "",
    "application": "응용 프로그램",
    "Iframe": "틀",
    "Video": "영상",
    "Date": "날짜 편집창",
    "DateTime": "날짜와 시각 편집창",
    "InputTime": "시각 편집창",
    "tab": "탭",
    "tablist": "탭 목록",
    "tabpanel": "탭 내용",
}
CONTROLS = {
    *("link", "button", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "switch", "slider"),
    *("spinbutton", "DisclosureTriangle", "Date", "DateTime", "InputTime", "tab", "option", "menuitem"),
}
PICTURES = {"image", "img", "graphics-document"}
WHOLE = CONTROLS | PICTURES | {"heading", "columnheader", "rowheader", "progressbar", "meter"}
"""Roles that are said in one breath, with what is inside of them as their name."""
NAMED_ONLY = {"region", "group", "form", "list", "figure", "status", "log", "alert"}
"""Roles that are announced only where they have a name (or are a list, by its length)."""
UNSAID = {"cell", "gridcell", "time"}
NAMING = {"region", "group", "form", "list", "figure", "table", "heading", "navigation", "dialog", "alert"}
"""What may bear the name of the one thing that is in it."""
QUIET = NAMING | {"cell", "gridcell", "columnheader"}
TEXTS = {"StaticText", "InlineTextBox", "strong", "emphasis", "time", "mark", "code", "none", "generic"}
TEXTS |= {"LineBreak"}
"""What a line of text may be made of."""
STATES = {
    "disabled": {True: "사용할 수 없음"},
    "required": {True: "필수"},
    "invalid": {"true": "잘못된 입력"},
    "expanded": {True: "펼침", False: "접힘"},
    "checked": {"true": "선택됨", "false": "선택 안 됨", "mixed": "일부 선택"},
    "pressed": {"true": "눌림", "false": "눌리지 않음"},
    "selected": {True: "선택됨"},
    "readonly": {True: "읽기 전용"},
    "modal": {True: "모달"},
}


@dataclass(frozen=True)
class Said:
    """One announcement: what it is, its name, its whole sentence, and which element of the page it is of."""

    role: str
    name: str
    line: str
    node: int
    level: int = 0
    header: bool = False


class Ear:
    """Listens to one page, from the moment it is made; navigate as you like afterwards."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("Accessibility.enable")
        page.add_init_script(INSIDE)
        page.evaluate(INSIDE)

    def browse(self) -> list[Said]:
        """Return everything in the order of the page, as the arrow keys read it."""
        nodes = self.cdp.send("Accessibility.getFullAXTree")["nodes"]
        by_id = {node["nodeId"]: node for node in nodes}
        said: list[Said] = []
        _read(nodes[0], by_id, said)
        return said

    def tab(self) -> list[Said]:
        """Return what is said at each press of Tab, from the beginning of the page to its end."""
        self.page.evaluate("() => spoken.fromTheBeginning()")
        said: list[Said] = []
        seen: set[int] = set()
        for _ in range(MOST_KEYS):
            self.page.keyboard.press("Tab")
            at = self.focused()
            if at and said and at.node == said[-1].node:
                continue  # the parts of a date or time
            if at is None or at.node in seen:
                break
            seen.add(at.node)
            said.append(at)
        return said

    def focused(self) -> Said | None:
        """Return what is said of the element that has the focus; none where the page itself has it."""
        found = self.cdp.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
        if found.get("className") in ("HTMLBodyElement", "HTMLHtmlElement") or "objectId" not in found:
            return None
        asked = {"objectId": found["objectId"], "fetchRelatives": False}
        [node] = self.cdp.send("Accessibility.getPartialAXTree", asked)["nodes"]
        return _say(node, "")

    def heard(self, wait_ms: int = 500) -> list[str]:
        """Return what was said since the last time by live regions and the focus; then what was not."""
        self.page.wait_for_timeout(wait_ms)
        return self.page.evaluate("() => spoken.heard()")

    def complaints(self, said: list[Said], by_tab: list[Said]) -> list[str]:
        """Return what a listener would stumble over in these readings."""
        return [*_heard_badly(said), *_tab_order(said, by_tab), *self.page.evaluate("() => spoken.complaints()")]


def _heard_badly(said: list[Said]) -> list[str]:
    wrong, level = [], 0
    for before, one in zip([None, *said], said, strict=False):
        if one.role in CONTROLS | PICTURES | {"dialog", "alertdialog"} and not one.name:
            wrong.append(f"no name: {one.line}")
        if one.role == "heading":
            if one.level > level + 1:
                wrong.append(f"heading {one.level} after {level}: {one.name}")
            level = one.level
        if one.role == "table" and not one.header:
            wrong.append(f"table without headers: {one.line}")
        if one.role == "table" and not one.name and not (before and before.role in NAMING):
            wrong.append(f"table without a name: {one.line} after {before.line if before else ''}")
        if before and one.name and not {before.role, one.role} & QUIET and before.name == one.name:
            wrong.append(f"said twice: {before.line} / {one.line}")
        if before and {before.role, one.role} & PICTURES and _same(before.name, one.name):
            wrong.append(f"picture repeats its text: {before.line} / {one.line}")
    return list(dict.fromkeys(wrong))


def _same(one: str, other: str) -> bool:
    short, long = sorted((re.sub(r"\W", "", text) for text in (one, other)), key=len)
    return one != other and short in long and len(short) > 0.7 * len(long)


def _tab_order(said: list[Said], by_tab: list[Said]) -> list[str]:
    places = {one.node: at for at, one in enumerate(said)}
    known = [one for one in by_tab if one.node in places]
    turns = zip(known, known[1:], strict=False)
    return [f"Tab goes back from {a.line} to {b.line}" for a, b in turns if places[b.node] < places[a.node]]


def _read(node: dict[str, Any], by_id: dict[str, Any], said: list[Said], within: str = "") -> None:
    role = node.get("role", {}).get("value", "")
    if not node["ignored"] and role in ("paragraph", "cell", "gridcell") and _roles(node, by_id) <= TEXTS:
        text = " ".join(_texts(node, by_id))
        said.append(Said(role, text, text, node["backendDOMNodeId"]))
        return
    if not node["ignored"] and role == "StaticText":
        if within != "LabelText":  # the field says its label
            said.append(_say(node, "", within))
        return
    within = role if role in ("LabelText", "cell", "gridcell") else within
    if not node["ignored"] and role not in ("RootWebArea", "none", "generic", "InlineTextBox", "LabelText"):
        one = _say(node, _inside(node, by_id))
        named = one.name or role == "list"
        if role == "table":
            heads = _roles(node, by_id) & {"columnheader", "rowheader"}
            one = Said(one.role, one.name, one.line, one.node, 0, bool(heads))
        if role in WORDS and role not in UNSAID and (named or role not in NAMED_ONLY):
            said.append(one)
        if role in WHOLE and not (role == "heading" and _roles(node, by_id) & CONTROLS):
            return
    for child in node.get("childIds", []):
        if child in by_id:
            _read(by_id[child], by_id, said, within)


def _inside(node: dict[str, Any], by_id: dict[str, Any]) -> str:
    if node["role"]["value"] != "list":
        return ""
    items = sum(_counts(by_id[child], by_id) for child in node.get("childIds", []) if child in by_id)
    return f"항목 {items}개"


def _counts(node: dict[str, Any], by_id: dict[str, Any]) -> int:
    if not node["ignored"]:
        return int(node.get("role", {}).get("value") == "listitem")
    return sum(_counts(by_id[child], by_id) for child in node.get("childIds", []) if child in by_id)


def _roles(node: dict[str, Any], by_id: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for child in node.get("childIds", []):
        if child in by_id:
            below = by_id[child]
            found |= _roles(below, by_id)
            if not below["ignored"]:
                found.add(below.get("role", {}).get("value", ""))
    return found


def _texts(node: dict[str, Any], by_id: dict[str, Any]) -> list[str]:
    if node.get("role", {}).get("value") == "StaticText":
        return [str(node["name"]["value"]).strip()]
    return [text for child in node.get("childIds", []) if child in by_id for text in _texts(by_id[child], by_id)]


def _say(node: dict[str, Any], more: str, within: str = "") -> Said:
    role = within or node.get("role", {}).get("value", "")
    name = " ".join(str(node.get("name", {}).get("value", "")).split())
    facts = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    level = int(facts.get("level") or 0)
    states = [words[facts[key]] for key, words in STATES.items() if facts.get(key) in words]
    value = str(facts.get("valuetext") or node.get("value", {}).get("value", ""))
    described = " ".join(str(node.get("description", {}).get("value", "")).split())
    kind = "" if within or role == "StaticText" else WORDS.get(role, role)
    kind += f" {level}" if role == "heading" else ""
    described = "" if described == name else described
    parts = [name, more, *states, f"값 {value}" if value else "", f"— {described}" if described else ""]
    line = f"{kind}: " * bool(kind) + ", ".join(part for part in parts if part)
    return Said(role, name, line, node.get("backendDOMNodeId", 0), level)
