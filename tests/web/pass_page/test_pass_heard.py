"""The pass page by ear: nothing is called wrong too early, what is wrong is said, so is the pass that is there."""

from ..spoken import Ear
from .visitor import fill, get_pass


def test_who_hears_the_page_gets_a_pass(open_pass):
    page = open_pass()
    ear = Ear(page)
    said = ear.browse()
    assert ear.complaints(said, ear.tab()) == []
    consent = next(one for one in said if one.name.startswith("위 내용을 확인했으며"))
    assert "잘못된 입력" not in consent.line
    page.get_by_role("button", name="출입증 받기").click()
    wrong = ear.focused()
    assert wrong.node == consent.node
    assert "잘못된 입력" in wrong.line
    assert "동의해야 발급할 수 있습니다" in wrong.line
    fill(page)
    ear.heard(0)
    get_pass(page)
    assert ear.focused().name == "출입증"
    assert "알림: 출입증이 준비되었습니다." in ear.heard()
