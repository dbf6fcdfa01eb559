"""What the commands share: refusals as sentences, the opened service, times as a person types them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from entry_service import clock
from entry_service.core.errors import EntryError
from entry_service.core.fields import FieldsRefused
from entry_service.core.times import KST, day_start, kst_day
from entry_service.settings import Settings, SettingsRefused, read_settings

if TYPE_CHECKING:
    from entry_service.services import Services

REFUSED, WRONG = 1, 2
DATE = "%Y-%m-%d"
YEARS = range(2000, 2100)  # any other is a slip of the finger
TIMES = [DATE, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


class Refused(click.ClickException):
    """One or more sentences for the person at the terminal, and the exit code."""

    def __init__(self, *sentences: str, exit_code: int = REFUSED) -> None:
        """Keep the sentences."""
        super().__init__("\n".join(sentences))
        self.exit_code = exit_code

    def show(self, file: Any = None) -> None:
        """Print the sentences to standard error."""
        for sentence in self.message.splitlines():
            click.echo(f"오류: {sentence}", err=True, file=file)


class Sentences(click.Group):
    """A group whose commands end with a sentence where the service refuses; only our faults have a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn every named refusal into its sentence."""
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

        from entry_service.demo.state import DemoRefused

        try:
            return super().invoke(ctx)
        except FieldsRefused as refusal:
            raise Refused(
                *(f"{name}: {why}" for name, why in refusal.errors.items()), exit_code=WRONG
            ) from refusal
        except EntryError as refusal:
            raise Refused(sentence_of(refusal), exit_code=WRONG if refusal.status == 422 else REFUSED) from refusal
        except (SettingsRefused, ArgumentError, NoSuchModuleError) as refusal:
            is_ours = isinstance(refusal, SettingsRefused)
            text = (
                str(refusal)
                if is_ours
                else "데이터베이스 주소를 읽을 수 없습니다(ENTRY_LOG_URL, ENTRY_VAULT_URL)."
            )
            raise Refused(text, exit_code=WRONG) from refusal
        except DemoRefused as refusal:
            raise Refused(str(refusal)) from refusal
        except OperationalError as failure:
            raise Refused(f"데이터베이스를 열 수 없습니다({type(failure.orig).__name__}).") from failure
        except BrokenPipeError:  # `| head` has seen enough
            raise
        except OSError as failure:
            raise Refused(f"{failure.strerror or failure}: {failure.filename or ''}".rstrip(": ")) from failure


def sentence_of(refusal: EntryError) -> str:
    """Return the refusal's sentence with the facts that help the person who typed the command."""
    facts = [
        f"{name}: {refusal.facts[name]}"
        for name in ("field", "key", "why", "setting", "path", "reason")
        if name in refusal.facts
    ]
    return f"{refusal.sentence} ({', '.join(facts)})" if facts else refusal.sentence


@contextmanager
def opened(*, writer: bool = True, settings: Settings | None = None) -> Iterator["Services"]:
    """Give the opened service; refuse where the databases do not have today's form."""
    from entry_service.services import open_services

    settings = settings or read_settings()
    assert_migrated(settings)
    services = open_services(settings, clock.now(), writer=writer)
    try:
        yield services
    finally:
        services.close()


def assert_migrated(settings: Settings) -> None:
    """Refuse where a database is missing or of an earlier form; a vault's own process asks for its own."""
    from entry_service.store.database.migrate import is_current
    from entry_service.upkeep.restoring import assert_whole
    from entry_service.vault.vault import vault_is_current

    assert_whole(settings)
    ours = is_current(settings.log_address)
    if not (ours and (settings.vault_socket or vault_is_current(settings.vault_address))):
        refuse(
            "데이터베이스가 없거나 이전 형식입니다. 먼저 `python -m entry_service migrate`를 실행하시기 바랍니다."
        )


def refuse(sentence: str, exit_code: int = REFUSED) -> NoReturn:
    """Leave with a sentence."""
    raise Refused(sentence, exit_code=exit_code)


class KoreanTime(click.ParamType):
    """A time in Korea as a person types it; a date alone is its beginning, or its end where ``end_of_day``."""

    name = "time"

    def __init__(self, *, end_of_day: bool = False) -> None:
        """Keep what a date alone means."""
        self.end_of_day = end_of_day

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware time, or refuse what is none of our days."""
        for form in TIMES:
            with suppress(ValueError):
                typed = datetime.strptime(value, form).replace(tzinfo=KST)
                if typed.year in YEARS:
                    ends = self.end_of_day and form == DATE
                    return day_start(kst_day(typed) + timedelta(days=1)) if ends else typed.astimezone(UTC)
        self.fail(f"{value!r} is no time such as 2020-08-25 or 2020-08-25T14:00", param, ctx)


def progress() -> Progress:
    """Return a progress display for long steps, on standard error."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=Console(stderr=True))
