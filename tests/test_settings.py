"""Settings are read once, whole, or the start is refused with a sentence."""

import pytest

from entry_service import create_app
from entry_service.settings import (
    SETTINGS,
    Settings,
    SettingsRefused,
    keep_secret,
    read_settings,
    with_secret,
)

STRONG = "Zq3-8fT_w9LmXc5RbN2vKd7HsJ4pGy6U"


def test_what_the_environment_says_counts_and_the_command_line_wins():
    environ = {"ENTRY_THREADS": "4", "ENTRY_DEMO": "on", "ENTRY_SECRET": STRONG, "PATH": "/bin"}
    settings = read_settings(environ, threads=8)
    assert (settings.threads, settings.demo, settings.secret) == (8, True, STRONG)
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ENTRY_THREAD", "4"),
        ("ENTRY_THREADS", "four"),
        ("ENTRY_DEMO", "perhaps"),
        ("ENTRY_SLOT_SECONDS", "14"),
        ("ENTRY_SLOT_SECONDS", "61"),
        ("ENTRY_SMS", "pigeon"),
        ("ENTRY_SMS", "simulator"),  # outside a demonstration
        ("ENTRY_ORIGIN", "entry.example"),
        ("ENTRY_ORIGIN", "http://entry.example"),  # outside a demonstration
        ("ENTRY_ORIGIN", "https://"),
        ("ENTRY_ORIGIN", "https://entry.example/pilot"),
        ("ENTRY_ORIGIN", "ftp://127.0.0.1"),
        ("ENTRY_MAP_TILES", "http://tiles.example/{z}/{x}/{y}.png"),
        ("ENTRY_MAP_TILES", "https://tiles.example/{z}/{x}.png"),
        ("ENTRY_MAP_TILES", "https://tiles.example;script-src */{z}/{x}/{y}.png"),
        ("ENTRY_MAP_TILES", "https://*/{z}/{x}/{y}.png"),
        ("ENTRY_THREADS", "0"),
        ("ENTRY_DAILY_CAP", "-1"),
        ("ENTRY_WORKERS", "-1"),
        ("ENTRY_TRUSTED_PROXIES", "1_0"),
        ("ENTRY_SECRET", "short"),
        ("ENTRY_SECRET", "a" * 40),
        ("ENTRY_SECRET", "change-me-change-me-change-me-1234567"),
    ],
)
def test_what_cannot_be_is_refused_by_name_without_repeating_a_secret(name, text):
    with pytest.raises(SettingsRefused) as refused:
        read_settings({name: text})
    assert name in str(refused.value)
    assert name != "ENTRY_SECRET" or text not in str(refused.value)


def test_the_secret_is_kept_once_and_only_a_demonstration_makes_one_up(tmp_path):
    settings = Settings(var=tmp_path)
    with pytest.raises(SettingsRefused):
        with_secret(settings)
    assert (
        with_secret(Settings(var=tmp_path, demo=True)).secret
        != with_secret(Settings(var=tmp_path, demo=True)).secret
    )
    keep_secret(settings)
    kept = with_secret(settings).secret
    keep_secret(settings)
    assert with_secret(settings).secret == kept
    assert len(kept) >= 32
    assert with_secret(Settings(var=tmp_path, secret=STRONG)).secret == STRONG


@pytest.mark.parametrize("origin", ["https://entry.example", "https://[2001:db8::1]:8443/", "http://[::1]:8000"])
def test_an_origin_that_a_poster_may_say_is_taken(origin):
    assert read_settings({"ENTRY_ORIGIN": origin}).origin == origin


def test_every_setting_has_help_and_a_default_that_passes():
    assert all(setting.help for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize(("proxies", "believed"), [(0, False), (1, True)])
def test_only_as_many_proxies_are_believed_as_the_setting_says(tmp_path, proxies, believed):
    app = create_app(Settings(var=tmp_path, secret=STRONG, trusted_proxies=proxies))
    answer = app.test_client().get(
        "/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
    )
    assert ("Strict-Transport-Security" in answer.headers) == believed
