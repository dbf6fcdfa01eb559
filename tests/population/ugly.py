"""Small population files with the traps of real ones, made in the tests."""

import gzip
import zipfile
from pathlib import Path

BOM = b"\xef\xbb\xbf"
DONG_HEADER = ("기준일ID", "시간대구분", "행정동코드", "총생활인구수")
BANDS = tuple(f"{sex}{age}세생활인구수" for sex in ("남자", "여자") for age in range(14))
GRID_HEADER = ("일자", "시간", "행정동코드", "250M격자", "생활인구합계")


def text(header, rows, *, separator=",", quoted=True, end="\r\n", tail=""):
    """Return the lines of a file; ``tail`` is put behind every line, as a trailing comma is."""
    mark = '"' if quoted else ""
    lines = [separator.join(f"{mark}{cell}{mark}" for cell in line) + tail for line in (header, *rows)]
    return end.join(lines) + end


def dong_rows(days=("20200302",), codes=("11110515", "11110530"), hours=range(24)):
    """Return rows of the dong layout; each value tells its day, hour and code apart."""
    return [
        (day, f"{hour:02d}", code, f"{1000 * (at + 1) + 10 * hour + int(day[-1])}.25")
        for day in days
        for hour in hours
        for at, code in enumerate(codes)
    ]


def write(path: Path, content: bytes | str, encoding: str = "cp949") -> Path:
    """Write bytes or encoded text, packed as the file's ending says, whatever its case."""
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    ending = path.suffix.lower()
    if ending == ".gz":
        path.write_bytes(gzip.compress(raw))
    elif ending == ".zip":
        with zipfile.ZipFile(path, "w") as bundle:
            bundle.writestr(f"{path.stem}.CSV", raw)
    else:
        path.write_bytes(raw)
    return path
