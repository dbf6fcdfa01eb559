"""The proxies' files as they are shipped: real nginx and Caddy in front of a real service and slow callers."""

import shutil

import pytest

from benchmarks import slow_bodies


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_callers_who_send_a_byte_a_second_keep_no_door_waiting(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    found = slow_bodies.run(name, seconds=6, slow=40)
    assert found.sent > 10
    assert found.acknowledged == found.sent
    assert found.metrics == 404


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_the_lines_for_the_kakaotalk_channel_let_in_only_the_addresses_that_are_named(name, tmp_path, monkeypatch):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    for file in slow_bodies.PROXY.iterdir():
        head, channel, lines = file.read_text().partition("# The KakaoTalk channel")
        remark, _, lines = lines.partition("\n")
        lines, end, rest = lines.partition("\n\treverse_proxy" if name == "caddy" else "\n    }\n}")
        (tmp_path / file.name).write_text(f"{head}{channel}{remark}\n{lines.replace('# ', '')}{end}{rest}")
    monkeypatch.setattr(slow_bodies, "PROXY", tmp_path)
    with slow_bodies.standing(name, tmp_path, service=slow_bodies.free_port()) as port:
        found = [slow_bodies.status(port, path) for path in ("/kakao/help", "/my")]
    assert found == [403, 502]  # nothing stands behind the proxy
