"""What the camera at the door sees: a visitor's phone with a real pass, and a film of it.

Chromium plays a file of JPEG pictures one after the other (MJPEG) in a loop in place of a camera.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import qrcode
from PIL import Image

from entry_service.core.passes import PassHeader, SignedPass, chain, code_text
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.services import Services
from entry_service.usecases.doors.issue_pass import PassDay, Person, issue_passes

FRAME = (640, 480)
SLOT_SECONDS = 15
PERSON = Person(name="시험 방문자", phone="010-0000-1234", residence="경기도 군포시")


@dataclass(frozen=True)
class Phone:
    """A visitor's phone that keeps the chain of one day."""

    signed: SignedPass
    elements: list[bytes]

    def code(self, at: datetime) -> str:
        """Return the text of the QR shown at this moment."""
        header = self.signed.header
        first = header.slot_start(1)
        i = int((at - first).total_seconds() // header.slot_seconds) + 1
        return code_text(self.signed, i, self.elements[i])


def phone_with_pass(services: Services, now: datetime, *, person: Person = PERSON, seed: bytes = b"1") -> Phone:
    """Return a phone to which the service issued a pass for the day of ``now``; ``seed`` makes it another."""
    count = 86_400 // SLOT_SECONDS
    elements = chain(hashlib.sha256(seed).digest()[:16], count)
    wanted = PassDay(day=kst_day(now), root=elements[0], first_slot=0, slot_count=count, slot_seconds=SLOT_SECONDS)

    def random(size: int) -> bytes:
        return hashlib.sha256(b"pid" + seed).digest()[:size]

    if person is PERSON and seed != b"1":  # many phones have many numbers, else the daily cap is reached
        person = replace(PERSON, phone=f"010-0000-{int.from_bytes(random(4), 'big') % 10_000:04}")
    [issued] = issue_passes(services, person, [wanted], now, random)
    header = PassHeader(
        kid=issued.kid,
        day=day_number(issued.day),
        pid=issued.pid,
        first_slot=issued.first_slot,
        slot_count=issued.slot_count,
        slot_seconds=issued.slot_seconds,
        verified=issued.verified,
    )
    assert header.slot_start(1) == day_start(issued.day)
    return Phone(SignedPass(header, elements[0], issued.sig), elements)


def forged(code: str) -> str:
    """Return the code with its last characters changed: a pass whose signature does not hold."""
    return code[:-3] + ("000" if code[-3:] != "000" else "100")


def qr_picture(text: str, *, size: int = 360) -> Image.Image:
    """Return a camera frame with the code in the middle, as on a phone held before it."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    picture = code.make_image().get_image().convert("RGB").resize((size, size), Image.Resampling.NEAREST)
    return _framed(picture)


def blank_picture() -> Image.Image:
    """Return a frame with nothing in it."""
    return Image.new("RGB", FRAME, (58, 62, 66))


def film(path: Path, pictures: Sequence[tuple[Image.Image, int]]) -> Path:
    """Write an MJPEG of the pictures, each for so many frames."""
    with path.open("wb") as file:
        for picture, frames in pictures:
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=92)
            file.write(buffer.getvalue() * frames)
    return path


def still_film(path: Path) -> Path:
    """Write a Y4M of one blank picture, shown twice a second, which takes less to read than an MJPEG."""
    width, height = FRAME
    planes = b"".join(part.tobytes() for part in _planes(blank_picture()))
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F2:1 Ip A1:1 C420\nFRAME\n".encode() + planes)
    return path


def camera_arguments(path: Path) -> list[str]:
    """Return the arguments that make Chromium play the film as its camera, without asking for permission."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]


def filming(path: Path, text: str, draw: Callable[[str], Image.Image] = qr_picture) -> list[str]:
    """Return the arguments for a camera that first sees nothing, then the code."""
    return camera_arguments(film(path, [(blank_picture(), 10), (draw(text), 60)]))


def _planes(picture: Image.Image) -> list[Image.Image]:
    """Return brightness, and both colours at half the size."""
    y, *colours = picture.convert("YCbCr").split()
    return [y, *(colour.resize((colour.width // 2, colour.height // 2)) for colour in colours)]


def _framed(picture: Image.Image) -> Image.Image:
    frame = blank_picture()
    frame.paste(picture, ((FRAME[0] - picture.width) // 2, (FRAME[1] - picture.height) // 2))
    return frame
