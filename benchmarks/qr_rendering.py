"""How much faster the poster's QR symbol is made than by ``qrcode`` with default settings; whether both are read.

Both sides get the same poster addresses and make a picture of the same size (10 pixels a module, quiet zone 4) at
level M. Rounds alternate, so that what else the machine does falls on both. Decoding: each symbol is tilted,
blurred, noised and darkened by the same seeded amounts on both sides, and read by zxing-cpp. Prints ratios.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import qrcode
import zxingcpp
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service.core.posters import RANDOM_BYTES, poster_id, poster_url
from entry_service.posters.symbol import draw_symbol, modules_of

ORIGIN = "https://entry.gunpo-city.go.korea"  # the longest host that version 3-M holds
ADDRESSES, ROUNDS, SEED = 100, 9, 20200825


def ours(text: str) -> Image.Image:
    """Make the symbol as posters do."""
    return draw_symbol(modules_of(text), 10)


def theirs(text: str) -> Image.Image:
    """Make the symbol with the library's default settings."""
    return qrcode.make(text).get_image()


def seconds(make: Callable[[str], Image.Image], texts: list[str]) -> float:
    """Return the time to make all symbols once."""
    begin = time.perf_counter()
    for text in texts:
        make(text)
    return time.perf_counter() - begin


def degraded(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the symbol as a poor camera sees it: small, tilted, unsharp, noisy, dim, unevenly lit."""
    side = int(rng.integers(110, 180))
    small = picture.convert("L").resize((side, side), Image.Resampling.BILINEAR)
    tilted = small.rotate(rng.uniform(-25, 25), Image.Resampling.BILINEAR, expand=True, fillcolor=255)
    blurred = tilted.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.3)))
    grey = np.asarray(blurred, dtype=float)
    light = np.linspace(rng.uniform(0.3, 0.7), rng.uniform(0.5, 1.0), grey.shape[1])
    noisy = grey * light + rng.normal(0, rng.uniform(2, 12), grey.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def reads(make: Callable[[str], Image.Image], texts: list[str]) -> int:
    """Return how many of ten degraded pictures of each symbol are read."""
    rng = np.random.default_rng(SEED)
    pictures = ((text, degraded(make(text), rng)) for text in texts for _ in range(10))
    return sum(any(found.text == text for found in zxingcpp.read_barcodes(seen)) for text, seen in pictures)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(SEED)
    texts = [poster_url(ORIGIN, poster_id(rng.bytes(RANDOM_BYTES), epoch)) for epoch in range(ADDRESSES)]
    ours(texts[0])
    theirs(texts[0])
    times = [(seconds(theirs, texts), seconds(ours, texts)) for _ in range(ROUNDS)]
    ratio = statistics.median(slow / fast for slow, fast in times)
    slow, fast = (statistics.median(side) / ADDRESSES * 1_000 for side in zip(*times, strict=True))
    read_ours, read_theirs = reads(ours, texts), reads(theirs, texts)
    say = sys.stdout.write
    version = (len(modules_of(texts[0])) - 17) // 4
    say(f"qrcode default {slow:.2f} ms, ours {fast:.2f} ms a symbol (version {version}-M)\n")
    say(f"ratio: {ratio:.1f} × faster (target ≥ 4)\n")
    say(f"read from {ADDRESSES * 10} degraded pictures: ours {read_ours}, qrcode {read_theirs}; ")
    say(f"ratio {read_ours / read_theirs:.3f} (target 1)\n")


if __name__ == "__main__":
    main()
