"""Seeded pictures of a QR symbol as a poor camera at a door sees it: the corpus of benchmarks/degraded_corpus.py.

Ten ways to go wrong, eight degrees each, eight chances each. What is drawn at random depends on the number of the
frame alone, so that every symbol meets exactly the same hand, light and lens. All are printed equally large.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 640, 480  # of a frame, in pixels
DEGREES, CHANCES, SEED = 8, 8, 20200825
HARD = 5  # from this degree on a frame counts as hard, below it as ordinary
SIDE = 190  # pixels of the symbol in a frame, without its quiet zone, where size is not what goes wrong
PAPER, SYMBOL = 1_200, 800  # pixels of the printed sheet and of the symbol on it
OVERSAMPLED = 2

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Hand:
    """How the sheet is held: side of the symbol in pixels, turn and tilt in degrees."""

    side: float = SIDE
    turn: float = 0.0
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the corpus: which way it goes wrong, how badly (1 to 8), and its number."""

    condition: str
    degree: int
    number: int

    @property
    def hard(self) -> bool:
        """Say whether the frame is one of the hard ones."""
        return self.degree >= HARD


def frames() -> Iterator[Frame]:
    """Yield every frame of the corpus, 640 of them."""
    number = 0
    for condition in CONDITIONS:
        for degree in range(1, DEGREES + 1):
            for _ in range(CHANCES):
                yield Frame(condition, degree, number)
                number += 1


def picture(frame: Frame, modules: np.ndarray) -> Image.Image:
    """Return the frame (640 × 480, grey) that shows the symbol; ``modules`` is square, dark is true."""
    rng = np.random.default_rng([SEED, frame.number])
    return CONDITIONS[frame.condition](_sheet(modules), frame.degree / DEGREES, rng)


def _sheet(modules: np.ndarray) -> Image.Image:
    grey = Image.fromarray(np.where(modules, 0, 255).astype(np.uint8))
    symbol = grey.resize((SYMBOL, SYMBOL), Image.Resampling.BOX)
    sheet = Image.new("L", (PAPER, PAPER), 255)
    sheet.paste(symbol, ((PAPER - SYMBOL) // 2,) * 2)
    return sheet


def _film(sheet: Image.Image, hand: Hand, rng: Rng) -> np.ndarray:
    """Return the sheet in front of a mottled wall, as the lens projects it; values 0 to 255, not rounded."""
    width, height = WIDTH * OVERSAMPLED, HEIGHT * OVERSAMPLED
    half = hand.side * OVERSAMPLED * PAPER / SYMBOL / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    turn, tilt = np.radians([hand.turn, hand.tilt])
    x, y = corners.T
    depth = 1 + y * np.sin(tilt) / (3 * max(half, 1.0))
    projected = np.stack([x / depth, y * np.cos(tilt) / depth])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    placed = (rotation @ projected).T + [width / 2, height / 2] + rng.uniform(-12, 12, 2)
    source = [(0, 0), (PAPER, 0), (PAPER, PAPER), (0, PAPER)]
    mapping = _perspective(placed, source)
    shown = sheet.transform((width, height), Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BICUBIC)
    whole = Image.new("L", sheet.size, 255)
    mask = whole.transform((width, height), Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR)
    coarse = Image.fromarray(rng.integers(60, 150, (12, 16)).astype(np.uint8))
    wall = coarse.resize((width, height), Image.Resampling.BICUBIC)
    small = Image.composite(shown, wall, mask).resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return np.asarray(small, dtype=float)


def _perspective(target: np.ndarray, source: list[tuple[int, int]]) -> list[float]:
    """Return the eight coefficients that take a point of the frame to a point of the sheet."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return list(np.linalg.solve(np.array(rows), np.array(wanted)))


def _finish(grey: np.ndarray, rng: Rng, *, noise: float = 3.0) -> Image.Image:
    noisy = grey + rng.normal(0, noise, grey.shape)
    return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def _blurred(grey: np.ndarray, sigma: float) -> np.ndarray:
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(sigma)), dtype=float)


def _moved(grey: np.ndarray, length: float, angle: float) -> np.ndarray:
    steps = np.linspace(-length / 2, length / 2, max(int(2 * length), 2))
    shifted = [np.roll(grey, np.rint([s * np.sin(angle), s * np.cos(angle)]).astype(int), (0, 1)) for s in steps]
    return np.mean(shifted, axis=0)


def _lit_spot(grey: np.ndarray, reach: float, rng: Rng) -> np.ndarray:
    rows, columns = np.indices(grey.shape)
    angle = rng.uniform(0, 2 * np.pi)
    middle = rng.uniform(0.15, 0.5) * SIDE
    row, column = HEIGHT / 2 + middle * np.sin(angle), WIDTH / 2 + middle * np.cos(angle)
    far = np.hypot((rows - row) / rng.uniform(0.6, 1.0), columns - column)
    return grey + 330 / (1 + np.exp((far - reach) / (0.15 * reach + 2)))


def _creased(sheet: Image.Image, folds: int, rng: Rng) -> Image.Image:
    grey = np.asarray(sheet, dtype=float).copy()
    rows, columns = np.indices(grey.shape)
    for _ in range(folds):
        angle, place = rng.uniform(0, np.pi), rng.uniform(-0.25, 0.25) * PAPER
        across = (columns - PAPER / 2) * np.sin(angle) - (rows - PAPER / 2) * np.cos(angle) - place
        slip = rng.uniform(2, 10)
        moved = np.roll(grey, np.rint([slip * np.cos(angle), -slip * np.sin(angle)]).astype(int), (0, 1))
        grey = np.where(across > 0, moved, grey)
        wear = rng.uniform(3, 8)
        grey = grey + (200 - grey) * 0.9 * np.exp(-((across / wear) ** 2))
        grey = np.where(across > 0, grey * rng.uniform(0.55, 0.9), grey)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def _rotation(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    return _finish(_film(sheet, Hand(side=170 - 80 * t, turn=rng.uniform(0, 360)), rng), rng)


def _tilt(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    return _finish(_film(sheet, Hand(turn=rng.uniform(-30, 30), tilt=20 + 48 * t), rng), rng)


def _blur(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    grey = _film(sheet, Hand(turn=rng.uniform(-10, 10)), rng)
    return _finish(_blurred(grey, 0.4 + 2.4 * t), rng)


def _motion(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    grey = _film(sheet, Hand(turn=rng.uniform(-10, 10)), rng)
    return _finish(_moved(grey, 1 + 8 * t, rng.uniform(0, np.pi)), rng)


def _dark(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    grey = _film(sheet, Hand(turn=rng.uniform(-10, 10)), rng)
    return _finish(_blurred(grey, 1.2) * 0.4 * (1 - 0.9 * t) + 8, rng, noise=3.5)


def _small(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    return _finish(_film(sheet, Hand(side=160 - 100 * t, turn=rng.uniform(-10, 10)), rng), rng)


def _noise(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    grey = _film(sheet, Hand(turn=rng.uniform(-10, 10)), rng)
    return _finish(grey, rng, noise=10 + 65 * t)


def _glare(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    grey = _film(sheet, Hand(turn=rng.uniform(-10, 10)), rng) * 0.8
    return _finish(_lit_spot(_blurred(grey, 1.0), (0.03 + 0.2 * t) * SIDE, rng), rng)


def _crease(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    folded = _creased(sheet, 1 + int(3.99 * t), rng)
    return _finish(_film(folded, Hand(turn=rng.uniform(-10, 10)), rng), rng)


def _mixed(sheet: Image.Image, t: float, rng: Rng) -> Image.Image:
    hand = Hand(side=185 - 50 * t, turn=rng.uniform(0, 360), tilt=25 * t)
    grey = _moved(_blurred(_film(sheet, hand, rng), 0.4 + 0.6 * t), 1 + 2 * t, rng.uniform(0, np.pi))
    light = np.linspace(rng.uniform(0.3, 0.8), rng.uniform(0.6, 1.0), WIDTH)
    return _finish(grey * light, rng, noise=3 + 9 * t)


CONDITIONS: dict[str, Callable[[Image.Image, float, Rng], Image.Image]] = {
    "rotation": _rotation,
    "tilt": _tilt,
    "blur": _blur,
    "motion": _motion,
    "dark": _dark,
    "small": _small,
    "noise": _noise,
    "glare": _glare,
    "crease": _crease,
    "mixed": _mixed,
}
