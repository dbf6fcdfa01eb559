"""What every poster says, in both languages: each sheet shows both, one of them large."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language; ``steps`` lead from the camera to the entry ticket."""

    title: str
    call: str
    steps: tuple[str, str, str]
    typed: str
    no_phone: str
    privacy: str
    contact: str
    call_in: str
    epoch: str
    demo: str


WORDS: dict[Language, Words] = {
    "ko": Words(
        title="전자출입명부",
        call="들어오시기 전에 QR을 찍어 주십시오",
        steps=("휴대전화 카메라로 QR을 비춥니다", "이름과 연락처를 입력합니다", "입장권을 직원에게 보여 줍니다"),
        typed="카메라를 쓰기 어려우면 인터넷 주소창에 입력하시기 바랍니다",
        no_phone="휴대전화가 없으면 직원에게 말씀하시기 바랍니다",
        privacy="입력하신 정보는 암호화하여 보관하고, 역학조사에만 쓰며, {days}일 뒤 자동으로 파기합니다.",
        contact="문의",
        call_in="전화로 등록(무료)",
        epoch="제{epoch}차 포스터 · {year}. {month}. {day}. 발급",
        demo="모의 시스템",
    ),
    "en": Words(
        title="Entry log",
        call="Scan this code before you enter",
        steps=(
            "Point your phone camera at the code",
            "Enter your name and number",
            "Show the ticket to the staff",
        ),
        typed="If you cannot use a camera, type this address into a browser",
        no_phone="No phone? Please ask the staff",
        privacy="Your details are encrypted, used for contact tracing only, and destroyed after {days} days.",
        contact="Questions",
        call_in="Or call to be logged (free)",
        epoch="Poster {epoch} · issued {year}-{month:02}-{day:02}",
        demo="Simulation",
    ),
}
