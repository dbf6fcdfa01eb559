"""Every "no" has a name: one class a reason, each with its HTTP status, code and Korean sentence.

EntryError
├── BadInput (422)          a field cannot be read; ``field`` names it
├── NotSignedIn (401) · NotAllowed (403) · NotFound (404) · TooMany (429)
├── PassRefused (422)       the pass does not open the door: logged with its code
│   └── PassForged · PassExpired · PassFromFuture · PassMalformed · PassKeyUnknown
├── ScanConflict (409)      the same scan_id with another content
└── Unavailable (503)       the log or the vault cannot take a write now; nothing was acknowledged

Facts are given as keyword arguments and never hold a name, number, token or pass id.
"""


class Sentence(str):
    """A Korean sentence with figures: reads as filled in, and keeps ``form`` and ``figures`` for translators.

    >>> Sentence("%(longest)s자까지입니다.", longest=40)
    '40자까지입니다.'
    """

    def __new__(cls, form: str, **figures: object) -> "Sentence":
        """Fill the figures into the form."""
        sentence = super().__new__(cls, form % figures)
        sentence.form, sentence.figures = form, figures
        return sentence


class EntryError(Exception):
    """Base of all named refusals: ``status``, ``code`` and ``sentence`` of the class, facts of the instance."""

    status = 500
    code = "error"
    sentence = "요청을 처리하지 못했습니다."

    def __init__(self, sentence: str | None = None, **facts: object) -> None:
        """Keep the facts for the answer; ``sentence`` replaces the class's own Korean sentence."""
        if sentence is not None:
            self.sentence = sentence
        self.facts = facts
        super().__init__(f"{self.code}: {facts}" if facts else self.code)


class BadInput(EntryError):
    """A field is missing or cannot be read; ``field`` names it."""

    status, code, sentence = 422, "bad_input", "입력한 내용을 확인해 주시기 바랍니다."


class NotSignedIn(EntryError):
    """No session or device token, or one that has ended."""

    status, code, sentence = 401, "not_signed_in", "로그인이 필요합니다."


class NotAllowed(EntryError):
    """Signed in, but this role may not do this."""

    status, code, sentence = 403, "not_allowed", "이 작업을 할 권한이 없습니다."


class NotFound(EntryError):
    """No such thing, or not visible to the caller: the two are not told apart."""

    status, code, sentence = 404, "not_found", "찾을 수 없습니다."


class TooMany(EntryError):
    """A limit was reached; ``retry_after`` seconds may be given."""

    status, code, sentence = 429, "too_many", "요청이 너무 많습니다. 잠시 후 다시 시도해 주시기 바랍니다."


class PassRefused(EntryError):
    """The pass does not open the door. A refused scan is logged with this code."""

    status, code, sentence = 422, "pass_refused", "출입증을 확인할 수 없습니다."

    def __init__(self, sentence: str | None = None, *, reading: object = None, **facts: object) -> None:
        """Carry the authentic reading, if there is one, beside the facts: it holds a pid and is never shown."""
        super().__init__(sentence, **facts)
        self.reading = reading


class PassMalformed(PassRefused):
    """Not a pass at all: wrong length, alphabet or version."""

    code, sentence = "pass_malformed", "출입증 QR이 아닙니다."


class PassForged(PassRefused):
    """The signature or the hash chain does not hold."""

    code, sentence = "pass_forged", "위조된 출입증입니다."


class PassExpired(PassRefused):
    """The slot is over; ``age`` in seconds."""

    code, sentence = "pass_expired", "유효시간이 지난 출입증입니다. 화면을 새로 고쳐 주시기 바랍니다."


class PassFromFuture(PassRefused):
    """The slot has not begun; ``ahead`` in seconds."""

    code, sentence = "pass_from_future", "아직 유효하지 않은 출입증입니다. 기기 시각을 확인해 주시기 바랍니다."


class PassKeyUnknown(PassRefused):
    """No public key with this key id, or a retired one."""

    code, sentence = "pass_key_unknown", "알 수 없는 발급 기관의 출입증입니다."


class ScanConflict(EntryError):
    """The same scan_id was already used for another scan; the first is kept."""

    status, code, sentence = 409, "scan_conflict", "같은 번호의 다른 기록이 이미 있습니다."


class Unavailable(EntryError):
    """The log or the vault cannot take a write now; nothing was acknowledged, repeat with the same scan_id."""

    status, code, sentence = (
        503,
        "unavailable",
        "지금은 기록할 수 없습니다. 같은 화면에서 다시 시도해 주시기 바랍니다.",
    )


class PlacesUnchecked(Unavailable):
    """A backup was put back, and nobody has looked yet whether published places were withdrawn since."""

    code = "places_unchecked"
    sentence = "공개 장소 목록을 다시 확인하고 있습니다. 잠시 뒤에 다시 보시기 바랍니다."
