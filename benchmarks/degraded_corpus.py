"""How many poor pictures of pass and poster the staff page's reader decodes, beside a 61 × 61-module symbol.

The reader is the page's own worker in Chromium; benchmarks/degraded_frames.py makes the 640 frames. The larger
symbol stands for what electronic entry passes of 2020 printed: 290 characters, version 11-L. All three are equally
large on paper and meet the same frames; the camera sees each twice, as the reader treats two in a row differently.
``python benchmarks/degraded_corpus.py [--save FOLDER]``
"""

import argparse
import base64
import io
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image
from playwright.sync_api import Page
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L
from rich.progress import track

from benchmarks.degraded_frames import CONDITIONS, Frame, frames, picture
from entry_service import clock, create_app
from entry_service.core.posters import RANDOM_BYTES, poster_id, poster_url
from entry_service.posters.symbol import modules_of
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from tests.web.browser import chromium, serving
from tests.web.camera import phone_with_pass

LARGE_CHARACTERS = 290
AT_ONCE = 16
READ = """async (pictures) => {
  const worker = (window.reader ??= new Worker("/static/js/door/reader-worker.js", { type: "module" }));
  const texts = [];
  for (const [place, picture] of pictures.entries()) {
    const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const found = [];
    for (const number of [2 * place, 2 * place + 1]) {
      const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer;
      const read = new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => {
          if (data.failed) reject(new Error("the reader failed"));
          if (data.number === number) resolve(data.texts);
        };
      });
      worker.postMessage({ number, width: bitmap.width, height: bitmap.height, pixels }, [pixels]);
      found.push(...(await read));
    }
    texts.push(found);
  }
  return texts;
}"""


def symbols(services: object) -> dict[str, tuple[str, np.ndarray]]:
    """Return name → (text, modules) of the three symbols."""
    now = clock.now()
    text = phone_with_pass(services, now).code(now + timedelta(seconds=15))
    poster = poster_url("https://entry.gunpo.go.kr", poster_id(bytes(range(RANDOM_BYTES)), 7))
    rng = np.random.default_rng(11)
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", dtype=np.uint8)
    large = bytes(rng.choice(letters, LARGE_CHARACTERS)).decode()
    dense = QRCode(error_correction=ERROR_CORRECT_L)
    dense.add_data(large, optimize=0)
    dense.make(fit=True)
    return {
        "pass": (text, modules_of(text)),
        "poster": (poster, modules_of(poster)),
        "61 × 61": (large, np.array(dense.modules, dtype=bool)),
    }


def read_all(page: Page, corpus: list[Frame], text: str, modules: np.ndarray, name: str) -> list[bool]:
    """Return for each frame whether the reader found exactly this text in it."""
    found = []
    for start in track(range(0, len(corpus), AT_ONCE), description=f"{name:8}"):
        pictures = [picture(frame, modules) for frame in corpus[start : start + AT_ONCE]]
        found += [text in texts for texts in page.evaluate(READ, [packed(one) for one in pictures])]
    return found


def packed(one: Image.Image) -> str:
    """Return the picture as a PNG in base64: the page's policy lets no other address be fetched."""
    packed = io.BytesIO()
    one.save(packed, "PNG", compress_level=1)
    return base64.b64encode(packed.getvalue()).decode()


def report(corpus: list[Frame], read: dict[str, list[bool]]) -> None:
    """Print a line a condition, then the whole and the hard frames with their ratios."""
    names = list(read)
    print(f"{'frames read':12}" + "".join(f"{name:>18}" for name in names) + "   (of all · of the hard)")
    for condition in CONDITIONS:
        cells = []
        for name in names:
            own = [
                (frame, ok) for frame, ok in zip(corpus, read[name], strict=True) if frame.condition == condition
            ]
            hard = [ok for frame, ok in own if frame.hard]
            cells.append(f"{sum(ok for _, ok in own):>7}/{len(own)} · {sum(hard):>2}/{len(hard)}")
        print(f"{condition:12}" + "".join(f"{cell:>18}" for cell in cells))
    totals: dict[str, Counter[str]] = {}
    for name in names:
        hard = [ok for frame, ok in zip(corpus, read[name], strict=True) if frame.hard]
        totals[name] = Counter(all=sum(read[name]), hard=sum(hard), hard_of=len(hard))
    for name in names:
        own, large = totals[name], totals[names[-1]]
        print(
            f"{name:8} all {own['all']}/{len(corpus)} = {own['all'] / len(corpus):.1%} · "
            f"ordinary {(own['all'] - own['hard']) / (len(corpus) - own['hard_of']):.1%} · "
            f"hard {own['hard']}/{own['hard_of']} = {own['hard'] / own['hard_of']:.1%} · "
            f"hard ÷ {names[-1]}: {own['hard'] / large['hard']:.2f} (target ≥ 1.3)"
        )


def main() -> None:
    """Measure and print; ``--save`` keeps the pictures of the pass to look at."""
    ask = argparse.ArgumentParser(description="decode rate on degraded frames")
    ask.add_argument("--save", type=Path)
    given = ask.parse_args()
    corpus = list(frames())
    with TemporaryDirectory() as folder, ExitStack() as stack:
        settings = Settings(var=Path(folder), secret=token_urlsafe(32), secure_cookies=False, demo=True)
        prepare(settings)
        services = open_services(settings, clock.now())
        stack.callback(services.close)
        known = symbols(services)
        if given.save:
            given.save.mkdir(parents=True, exist_ok=True)
            for frame in corpus[:: len(corpus) // 80]:
                picture(frame, known["pass"][1]).save(given.save / f"{frame.condition}-{frame.degree}.png")
        origin = stack.enter_context(serving(create_app(settings, services)))
        page = stack.enter_context(chromium()).new_page()
        page.goto(f"{origin}/login")
        read = {name: read_all(page, corpus, *symbol, name) for name, symbol in known.items()}
    for name, (text, modules) in known.items():
        print(f"{name:8} {len(text)} characters, {len(modules)} × {len(modules)} modules")
    report(corpus, read)


if __name__ == "__main__":
    main()
