"""The secrets that KakaoTalk's skill console sends with every request, in a file of one line.

Two lines while one replaces the other. It is read anew when it changes, so that a rotation needs no restart.
"""

import hmac
import stat
from pathlib import Path

from entry_service.core.errors import Unavailable

SHORTEST = 32  # characters
MOST = 2

Stamp = tuple[int, int, int, int, int]


class SecretsUnsafe(Unavailable):
    """The file of secrets is missing, readable by others, or holds no usable line."""

    code = "skill_secrets_unsafe"
    sentence = "카카오톡 스킬의 비밀값 파일이 없거나 올바르지 않습니다."


class SecretsFile:
    """The secrets of one file."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self._path = path
        self._stamp: Stamp | None = None
        self._secrets: tuple[bytes, ...] = ()

    def holds(self, given: str) -> bool:
        """Say, in a time that does not tell where they differ, whether one of the secrets was given.

        Raises ``SecretsUnsafe``.
        """
        secrets = self._read()
        typed = given.encode("utf-8", "replace")
        same = [hmac.compare_digest(one, typed) for one in secrets]  # all are compared, whichever it is
        return any(same)

    def _read(self) -> tuple[bytes, ...]:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)
            if stamp != self._stamp:
                self._secrets, self._stamp = read_secrets(self._path), stamp
        except OSError as failure:
            self._stamp, self._secrets = None, ()
            raise SecretsUnsafe(why=type(failure).__name__) from failure
        return self._secrets


def read_secrets(path: Path) -> tuple[bytes, ...]:
    """Return the lines of the file; raise ``SecretsUnsafe`` for one that is no secret. Empty lines and # aside."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretsUnsafe(why="permissions")
    lines = [line.strip() for line in path.read_bytes().splitlines()]
    secrets = tuple(line for line in lines if line and not line.startswith(b"#"))
    if not 1 <= len(secrets) <= MOST or any(len(one) < SHORTEST or len(set(one)) < 10 for one in secrets):
        raise SecretsUnsafe(why="content")
    return secrets
