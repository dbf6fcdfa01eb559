"""Every setting of the service: one table, read once, from environment variables that begin with ``ENTRY_``.

The table is the dataclass below: a row is a name, a default, a sentence of help and a parser. ``docs/settings.md``
lists the same rows; a test compares the two. Outside a demonstration a weak or missing secret stops the start.
"""

import dataclasses
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .core.breaker import Limits, read_limits
from .setting_texts import count as _count
from .setting_texts import flag as _flag
from .setting_texts import positive as _positive

PREFIX = "ENTRY_"
SECRET_LENGTH = 32  # characters; made by secrets.token_urlsafe(32), 256 bits
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WEAK_SECRETS = ("change", "secret", "password", "dev", "test", "demo", "0123")


class SettingsRefused(Exception):
    """A setting cannot be read or is not safe; the sentence says which and what to do."""


def _tiles(text: str) -> str:
    """Return the address of map tiles; a page may show pictures of its origin, so it must be one that is safe."""
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    plain = parts.hostname and not set(parts.netloc) & set(" ;,'*@{}")
    if text and not (safe and plain and all(name in parts.path for name in ("{z}", "{x}", "{y}"))):
        raise ValueError("https://…/{z}/{x}/{y}.png")
    return text


def _row(default: Any, help: str, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"help": help, "parse": parse})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one process; an attribute a row, in lower case without the prefix."""

    var: Path = _row(
        Path("var"), "folder of everything made at run time: databases, keys, extracts, results", Path
    )
    log_url: str = _row("", "entry log; empty means var/log.sqlite, or postgresql+psycopg://…")
    vault_url: str = _row("", "vault of contacts; empty means var/vault.sqlite, or postgresql+psycopg://…")
    results: str = _row("", "folder with analytics results; empty means var/results")
    reports: str = _row("", "folder with the reports of each run; empty means var/reports")
    public: str = _row("", "folder with the public result; empty means var/public")
    secret: str = _row("", "signs cookies; empty means var/keys/secret, which `migrate` makes")
    origin: str = _row(
        "http://127.0.0.1:8000", "address under which visitors reach the service; printed on posters"
    )
    authority: str = _row("군포시", "institution that runs the service, shown on every page")
    contact: str = _row("031-390-0114", "telephone shown on every page for questions and the rights of visitors")
    field_contact: str = _row(
        "", "telephone of the health centre for the disinfection teams; empty means the one of ENTRY_CONTACT"
    )
    emergency_contact: str = _row("119", "emergency number on the sheets and phones of the disinfection teams")
    demo: bool = _row(False, "marks every page as a simulation and lets the secret be made up at start", _flag)
    secure_cookies: bool = _row(True, "cookies only over HTTPS; off for http on 127.0.0.1 only", _flag)
    trusted_proxies: int = _row(0, "reverse proxies in front whose X-Forwarded-* headers are believed", _count)
    sms: str = _row("off", "how one-time codes are sent: off, or simulator (shown on a page, nothing is sent)")
    unverified: bool = _row(True, "lets visitors without a verified phone in, graded lower", _flag)
    call_secret: str = _row("", "signs reports of calls (안심콜); empty: none are taken, but in a demonstration")
    slot_seconds: int = _row(15, "seconds one code of the visitor pass is shown, 15 to 60", _positive)
    session_hours: int = _row(12, "longest time a sign-in lasts", _positive)
    session_idle_minutes: int = _row(60, "a sign-in without any request ends after this", _positive)
    password_length: int = _row(15, "shortest password an account may get", _positive)
    login_failures: int = _row(10, "wrong passwords in a row after which an account waits", _positive)
    login_wait_minutes: int = _row(5, "how long an account waits then", _positive)
    public_per_minute: int = _row(60, "posts without sign-in that one address may make in a minute", _positive)
    daily_cap: int = _row(30, "passes and poster entries of one phone a day; then both refuse", _positive)
    retention_days: int = _row(28, "days after a visit on which its contact and its row are destroyed", _positive)
    key_copy: str = _row("", "second place of the wrapped keys, outside data backups; empty means var/key-copy")
    reserve_mb: int = _row(
        16, "megabytes kept free on the disk of var, given back to entries when it is full; 0: none", _count
    )
    audit_copy: str = _row("", "second place of the audit's signed checkpoints; empty means var/audit")
    backups: str = _row("", "folder of backups, best on another disk; empty: none is known")
    vault_keys: str = _row("", "folder of the vault's own keys; empty means var/keys")
    vault_socket: str = _row(
        "", "socket of a vault in a process of its own (`vault serve`); empty: in this process"
    )
    passphrase_file: str = _row(
        "", "file, or descriptor such as /dev/fd/3, with the passphrase of the vault's key"
    )
    case_kept_days: int = _row(14, "days after a case is closed on which its contact file is destroyed", _positive)
    case_longest_days: int = _row(90, "a case open longer than this counts as closed", _positive)
    exposure_rule: str = _row("korea_2020", "rule of the exposure window (core/exposure_rules.csv)")
    together_minutes: int = _row(15, "minutes together whose probability the officer is shown", _positive)
    reveal_budget: int = _row(1_000, "contacts that one officer may have revealed in a day", _positive)
    lookup_budget: int = _row(50, "searches by phone that one officer may make in a day", _positive)
    factor_wait_hours: int = _row(
        24,
        "hours after its enrolment in which a second factor only signs in, and neither asks nor approves",
        _count,
    )
    map_tiles: str = _row(
        "",
        "tiles under the officer's map, https://…/{z}/{x}/{y}.png; empty: nothing is fetched from outside",
        _tiles,
    )
    map_tiles_credit: str = _row("", "whose tiles they are, shown in the corner of the map")
    message_characters: int = _row(90, "longest disaster message in characters", _positive)
    notice_limits: Limits = _row(Limits(), "what one person may publish, people=500 share=10 …", read_limits)
    kakao_secrets: str = _row("", "file of the KakaoTalk skill's secrets, one a line; empty: there is no skill")
    kakao_per_minute: int = _row(20, "questions that one user of the channel may ask in a minute", _positive)
    max_body: int = _row(1_048_576, "largest body of a request in bytes", _positive)
    refresh_minutes: int = _row(
        5,
        "minutes after which the officer's map gets a new result, where something is new; 0: none by itself",
        _count,
    )
    demo_feed_minutes: int = _row(
        3, "in a demonstration, minutes in which an hour of its last day goes by; 0: the day stands still", _count
    )
    workers: int = _row(
        0, "processes; 0 means 1 on SQLite, and on PostgreSQL one per core plus one, if it has connections", _count
    )
    threads: int = _row(16, "threads of each process", _positive)

    @property
    def key_dir(self) -> Path:
        """Return the folder of keys, mode 0700."""
        return self.var / "keys"

    @property
    def vault_key_dir(self) -> Path:
        """Return the folder of the keys that only the vault's process reads, mode 0700."""
        return Path(self.vault_keys) if self.vault_keys else self.key_dir

    @property
    def key_copy_dir(self) -> Path:
        """Return the second key store."""
        return Path(self.key_copy) if self.key_copy else self.var / "key-copy"

    @property
    def audit_copy_dir(self) -> Path:
        """Return where the audit's checkpoints are kept."""
        return Path(self.audit_copy) if self.audit_copy else self.var / "audit"

    @property
    def backup_dir(self) -> Path | None:
        """Return the folder of backups, None where none is set."""
        return Path(self.backups) if self.backups else None

    @property
    def results_dir(self) -> Path:
        """Return the folder that holds one result folder a run."""
        return Path(self.results) if self.results else self.var / "results"

    @property
    def reports_dir(self) -> Path:
        """Return the folder that holds the reports of each run."""
        return Path(self.reports) if self.reports else self.var / "reports"

    @property
    def public_dir(self) -> Path:
        """Return the folder of the public result."""
        return Path(self.public) if self.public else self.var / "public"

    @property
    def call_key(self) -> str:
        """Return the secret of the telephone exchange; empty: no calls are taken. A demonstration has its own."""
        if self.call_secret or not (self.demo and self.secret):
            return self.call_secret
        return hmac.digest(self.secret.encode(), b"calls", "sha256").hex()

    @property
    def log_address(self) -> str:
        """Return the database URL of the entry log."""
        return self.log_url or f"sqlite:///{self.var / 'log.sqlite'}"

    @property
    def vault_address(self) -> str:
        """Return the database URL of the vault."""
        return self.vault_url or f"sqlite:///{self.var / 'vault.sqlite'}"


class Setting(NamedTuple):
    """One row of the table, as the documentation and the tests read it."""

    name: str
    default: Any
    help: str
    parse: Callable[[str], Any]


SETTINGS = tuple(
    Setting(PREFIX + row.name.upper(), row.default, row.metadata["help"], row.metadata["parse"])
    for row in dataclasses.fields(Settings)
)


def read_settings(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Return the settings of the environment; ``overrides`` come from the command line and win.

    Raises
    ------
    SettingsRefused
        An unknown name with our prefix, a value that cannot be read, or a weak secret outside a demonstration.
    """
    unknown = {name for name in environ if name.startswith(PREFIX)} - {row.name for row in SETTINGS}
    if unknown:
        raise SettingsRefused(f"unknown setting {', '.join(sorted(unknown))}: see docs/settings.md")
    values: dict[str, Any] = {}
    for row in SETTINGS:
        if row.name in environ:
            try:
                values[row.name.removeprefix(PREFIX).lower()] = row.parse(environ[row.name])
            except ValueError as reason:
                raise SettingsRefused(f"{row.name} cannot be read ({row.help})") from reason
    return checked(Settings(**{**values, **overrides}))


def checked(settings: Settings) -> Settings:
    """Return the settings if they fit together, else raise ``SettingsRefused``."""
    if not 15 <= settings.slot_seconds <= 60:
        raise SettingsRefused("ENTRY_SLOT_SECONDS must be 15 to 60")
    if settings.sms not in {"off", "simulator"}:
        raise SettingsRefused("ENTRY_SMS must be off or simulator")
    _refuse_unfit_origin(settings)
    if not settings.demo and settings.sms == "simulator":
        raise SettingsRefused("ENTRY_SMS=simulator shows every code to everybody: only with ENTRY_DEMO=1")
    for name in ("secret", "call_secret"):
        if given := getattr(settings, name):
            _refuse_weak(name, given)
    return settings


def with_secret(settings: Settings) -> Settings:
    """Return the settings with the secret that signs cookies: given, kept, or made up for a demonstration."""
    kept = settings.key_dir / "secret"
    if settings.secret:
        return checked(settings)
    if kept.exists():
        return checked(dataclasses.replace(settings, secret=kept.read_text().strip()))
    if settings.demo:
        return dataclasses.replace(settings, secret=secrets.token_urlsafe(SECRET_LENGTH))
    raise SettingsRefused("no secret: run `python -m entry_service migrate`, which makes one, or set ENTRY_SECRET")


def keep_secret(settings: Settings) -> None:
    """Make the secret in the key folder, readable by its owner only, unless there is one."""
    settings.key_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = settings.key_dir / "secret"
    if not settings.secret and not kept.exists():
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_LENGTH))


def _refuse_unfit_origin(settings: Settings) -> None:
    """Refuse what a poster must not say: over plain HTTP no camera opens, and our pages lie at the root."""
    origin = urlsplit(settings.origin)
    may_be_plain = settings.demo or origin.hostname in LOOPBACK
    if origin.scheme not in ({"https", "http"} if may_be_plain else {"https"}):
        raise SettingsRefused("ENTRY_ORIGIN must begin with https:// (or http:// on 127.0.0.1)")
    if not origin.hostname or origin.path not in {"", "/"} or origin.query or origin.fragment:
        raise SettingsRefused("ENTRY_ORIGIN must be an address without a path, such as https://entry.example")


def _refuse_weak(name: str, secret: str) -> None:
    weak = len(secret) < SECRET_LENGTH or len(set(secret)) < 10 or secret.lower().startswith(WEAK_SECRETS)
    if weak:
        raise SettingsRefused(
            f"{PREFIX}{name.upper()} is weak: "
            f"take {SECRET_LENGTH} random characters, as `openssl rand -base64 32` makes"
        )
