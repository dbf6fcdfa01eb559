"""What the browser seals, the vault opens: with WebCrypto's X25519, without it, and not at all where it cannot."""

from base64 import urlsafe_b64decode
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from entry_service.core.errors import BadInput
from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.vault.sealing import PADDED, unseal
from entry_service.web.api.openapi import base64url

from .browser import desktop, serving

NO_X25519 = """
  for (const name of ["generateKey", "importKey"]) {
    const own = SubtleCrypto.prototype[name];
    SubtleCrypto.prototype[name] = function (...given) {
      const asked = given.find((one) => (one?.name ?? one) === "X25519");
      if (asked) return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
      return own.apply(this, given);
    };
  }
"""
NO_SUBTLE = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
BROWSERS = {"WebCrypto": "", "no X25519": NO_X25519}
CONTACTS = [
    Contact(name="", phone="+821000001234", residence="군포시"),
    Contact(name="", safety_code="12가34나", residence="수원시 팔달구"),
    Contact(name="", phone="+821000001234", residence="😀" * 30),
]


NATIVE = 'return await crypto.subtle.generateKey("X25519", false, ["deriveBits"]).then(() => true, () => false)'


@pytest.fixture(params=BROWSERS)
def run(app, browser, request):
    """Return a function that runs JavaScript with our module at hand, in each kind of browser."""
    with serving(app) as origin:
        page = desktop(browser, origin)
        page.add_init_script(BROWSERS[request.param])
        page.goto("/login")
        assert page.evaluate(f"async () => {{ {NATIVE} }}") is (request.param == "WebCrypto")
        yield lambda body, given=None: page.evaluate(
            'async (given) => { const { sealContact } = await import("/static/js/door/seal-contact.js"); '
            f'const x25519 = await import("/static/js/door/x25519.js"); {body} }}',
            given,
        )
        assert page.complaints == []
        page.context.close()


def bytes_of(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def typed(contact):
    named = {"phone": contact.phone, "safety_code": contact.safety_code, "residence": contact.residence}
    return {name: value for name, value in named.items() if value is not None}


def day_keys(vault, day):
    return [
        {"day": str(one), "public": base64url(vault.public_key(one))} for one in (day, day + timedelta(days=1))
    ]


@pytest.mark.parametrize("contact", CONTACTS, ids=["phone", "safety code", "longest"])
def test_the_vault_opens_what_the_browser_sealed(run, services, clock, contact):
    day = kst_day(clock())
    given = [day_keys(services.vault, day), typed(contact), clock().timestamp() * 1000]
    one, other = run(
        "const [keys, contact, at] = given;"
        "return [await sealContact(keys, contact, at), await sealContact(keys, contact, at)]",
        given,
    )
    assert one["day"] == str(day)
    sealed, pid = bytes_of(one["sealed"]), bytes_of(one["pid"])
    assert (len(sealed), len(pid)) == (PADDED + 48, 8)
    assert unseal(services.vault._day_key(day).private, day, pid, sealed) == contact
    assert services.vault.deposit(day, pid, sealed) == "accepted"
    assert other["pid"] != one["pid"]
    assert other["sealed"] != one["sealed"]
    with pytest.raises(BadInput):
        services.vault.deposit(day, bytes_of(other["pid"]), sealed)


def test_the_day_is_the_korean_one_and_a_day_without_a_key_is_not_sealed(run, services):
    day = date(2020, 8, 25)
    keys = day_keys(services.vault, day)
    midnight = 1_598_281_200_000  # 2020-08-25 00:00 in Korea
    body = """
      const [keys, moments] = given;
      const all = moments.map((at) => sealContact(keys, { phone: "+821000001234", residence: "" }, at));
      return (await Promise.all(all)).map((one) => one?.day ?? null);
    """
    moments = [midnight - 1, midnight, midnight + 86_400_000, midnight + 2 * 86_400_000]
    assert run(body, [keys, moments]) == [None, "2020-08-25", "2020-08-26", None]
    assert run("return await sealContact(null, {}, 0)") is None


def test_the_curve_in_script_gives_the_answers_of_cryptography(run):
    theirs = [x25519.X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 9)]
    ours = [x25519.X25519PrivateKey.from_private_bytes(bytes([n * 31]) * 32) for n in range(1, 9)]
    given = [
        [list(own.private_bytes_raw()), list(other.public_key().public_bytes_raw())]
        for own, other in zip(ours, theirs, strict=True)
    ]
    body = "return given.map(([own, key]) => [[...x25519.publicKey(own)], [...x25519.shared(own, key)]])"
    expected = [
        [list(own.public_key().public_bytes_raw()), list(own.exchange(other.public_key()))]
        for own, other in zip(ours, theirs, strict=True)
    ]
    assert run(body, given) == expected


def test_a_key_of_small_order_or_off_the_curve_seals_nothing(run):
    small = [bytes(32), bytes([1, *[0] * 31]), bytes([0xEC, *[0xFF] * 30, 0x7F])]
    body = """
      return given.map((key) => {
        try { return [...x25519.shared(new Array(32).fill(7), key)]; } catch { return null; }
      })
    """
    assert run(body, [list(key) for key in small]) == [None] * len(small)
    keys = [{"day": "1970-01-01", "public": base64url(bytes(32))}]
    assert run('return await sealContact(given, { phone: "+821000001234" }, 0)', keys) is None


def test_without_web_crypto_nothing_is_sealed(app, browser):
    with serving(app) as origin:
        page = desktop(browser, origin)
        page.add_init_script(NO_SUBTLE)
        page.goto("/login")
        keys = [{"day": "1970-01-01", "public": base64url(bytes([9, *[0] * 31]))}]
        body = """async (keys) => {
          const { sealContact } = await import("/static/js/door/seal-contact.js");
          return [await sealContact(keys, { phone: "+821000001234" }, 0)];
        }"""
        assert page.evaluate(body, keys) == [None]
        assert page.complaints == []
        page.context.close()
