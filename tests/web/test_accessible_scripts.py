"""What scripts listen to: a press can be taken back before it is let go, and no device has to be moved."""

import re
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"
PRESSED = re.compile(r'"(?:mousedown|touchstart|pointerdown)"')
MOVED = re.compile(r"device(?:motion|orientation)|DeviceMotion|DeviceOrientation")
# Those that only notice that somebody is there: to wait longer, to let sound play; or keep the focus where it is.
ONLY_NOTICE = {"door/kiosk.js", "door/language.js", "door/sound.js", "officer/map-search.js"}


def listening(pattern: re.Pattern[str]) -> set[str]:
    return {
        path.relative_to(SCRIPTS).as_posix()
        for path in SCRIPTS.rglob("*.js")
        if pattern.search(path.read_text(encoding="utf-8"))
    }


def test_nothing_is_done_before_a_press_is_let_go():
    assert listening(PRESSED) == ONLY_NOTICE
    search = (SCRIPTS / "officer" / "map-search.js").read_text(encoding="utf-8")
    assert re.findall(r'"mousedown", (.*?);', search) == ["(event) => event.preventDefault())"]


def test_nothing_asks_for_the_device_to_be_moved():
    assert listening(MOVED) == set()
