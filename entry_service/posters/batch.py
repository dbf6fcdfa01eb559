"""Print the posters of a whole city: one PDF of all, a ZIP with one PDF a site, in bounded memory.

What posters have alike is drawn and stored once; of each only the strips that differ are kept, so that a page is
dot for dot the poster that its manager would print. A process of its own does it: the doors go on undisturbed.

    python -m entry_service.posters.batch FOLDER      reads FOLDER/job.json, writes the two files and progress.json
"""

import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops

from .files import PRINT
from .fonts import GlyphMissing
from .pdf import Pdf, Piece, picture_object, symbol_path
from .sheet import HEIGHT, WIDTH, PosterFacts, Sheet, draw_base, draw_sheet
from .words import Language

JOB, PROGRESS, BOOK, ARCHIVE = "job.json", "progress.json", "posters.pdf", "posters.zip"
STRIPS = (0, 62, 82, 95, 228, 242, 267, HEIGHT)  # millimetres; together the whole page
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be printed: (number of the site, its poster) in the order of the pages."""

    language: Language
    title: str
    posters: tuple[tuple[str, PosterFacts], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is: ``skipped`` are sites with a letter that cannot be printed, with these letters."""

    state: str  # running, done or failed
    done: int
    total: int
    skipped: tuple[tuple[str, str], ...] = ()


def write_job(folder: Path, job: Job) -> None:
    """Keep a job in a new folder, for the process that does it."""
    posters = [(name, {**asdict(facts), "issued": facts.issued.isoformat()}) for name, facts in job.posters]
    (folder / JOB).write_text(json.dumps({**asdict(job), "posters": posters}), encoding="utf-8")
    write_progress(folder, Progress(state="running", done=0, total=len(posters)))


def read_job(folder: Path) -> Job:
    """Return the job of a folder."""
    told = json.loads((folder / JOB).read_text(encoding="utf-8"))
    posters = tuple(
        (name, PosterFacts(**{**facts, "issued": date.fromisoformat(facts["issued"])}))
        for name, facts in told["posters"]
    )
    return Job(language=told["language"], title=told["title"], posters=posters)


def write_progress(folder: Path, progress: Progress) -> None:
    """Put the progress where it is read, whole."""
    new = folder / f"{PROGRESS}.new"
    new.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    new.replace(folder / PROGRESS)


def read_progress(folder: Path) -> Progress:
    """Return how far the job of a folder is."""
    told = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    return Progress(**{**told, "skipped": tuple(map(tuple, told["skipped"]))})


def print_batch(folder: Path, job: Job, told: Told) -> tuple[tuple[str, str], ...]:
    """Write both files of a job; return the sites that were skipped. ``told`` hears how many are done."""
    skipped: list[tuple[str, str]] = []
    with (folder / BOOK).open("wb") as book_file, zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        book = Pdf(book_file, job.language, job.title)
        model: _Model | None = None
        for done, (name, sheet) in enumerate(_sheets(job, skipped), start=1):
            if model is None:
                model = _Model(sheet.picture, book.add(picture_object(sheet.picture)))
            strips = model.strips(sheet.picture)
            book.add_page(_pieces(book, model.number, strips), symbol_path(sheet))
            archive.writestr(f"{name}.pdf", _single(job, name, model, strips, sheet))
            told(done + len(skipped))
        book.close()
    return tuple(skipped)


class _Model:
    """The first page: all others are told by what differs from it."""

    def __init__(self, picture: Image.Image, number: int) -> None:
        self.number, self._picture, self.packed = number, picture, picture_object(picture)
        dots = picture.height / HEIGHT
        self._edges = [round(edge * dots) for edge in STRIPS]

    def strips(self, picture: Image.Image) -> list[tuple[Image.Image, tuple[float, float, float, float]]]:
        """Return the parts that differ, each with left, top, width, height in millimetres."""
        changed = ImageChops.difference(picture, self._picture)
        across, down = WIDTH / picture.width, HEIGHT / picture.height
        found = []
        for top, bottom in zip(self._edges, self._edges[1:], strict=False):
            box = changed.crop((0, top, picture.width, bottom)).getbbox()
            if box is not None:
                left, upper, right, lower = box[0], top + box[1], box[2], top + box[3]
                size = ((right - left) * across, (lower - upper) * down)
                found.append((picture.crop((left, upper, right, lower)), (left * across, upper * down, *size)))
        return found


def _pieces(
    document: Pdf, model: int, strips: Sequence[tuple[Image.Image, tuple[float, float, float, float]]]
) -> list[Piece]:
    whole = Piece(model, 0.0, 0.0, WIDTH, HEIGHT)
    return [whole, *(Piece(document.add(picture_object(part)), *place) for part, place in strips)]


def _single(job: Job, name: str, model: _Model, strips: Sequence, sheet: Sheet) -> bytes:
    file = BytesIO()
    document = Pdf(file, job.language, f"{job.title} {name}")
    document.add_page(_pieces(document, document.add(model.packed), strips), symbol_path(sheet))
    document.close()
    return file.getvalue()


def _sheets(job: Job, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, Sheet]]:
    base = draw_base(job.posters[0][1], job.language, PRINT)
    for name, facts in job.posters:
        try:
            yield name, draw_sheet(facts, job.language, PRINT, base)
        except GlyphMissing as missing:
            skipped.append((name, str(missing.facts["letters"])))


def main(folder: Path) -> None:
    """Do the job of a folder, giving way to everything else on this machine."""
    os.nice(10)
    job = read_job(folder)
    total = len(job.posters)
    try:
        skipped = print_batch(
            folder, job, lambda done: write_progress(folder, Progress(state="running", done=done, total=total))
        )
    except BaseException:
        write_progress(folder, Progress(state="failed", done=0, total=total))
        raise
    write_progress(folder, Progress(state="done", done=total, total=total, skipped=skipped))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
