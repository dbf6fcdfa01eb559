"""The phone's JavaScript gives the known answers of the visitor pass, in a real browser, and so does Python."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from entry_service.core import base45
from entry_service.core.passes import PublicKey, chain, read_pass
from entry_service.core.times import day_number, day_start, kst_day

from .browser import desktop, serving

CONTRACT = Path(__file__).parents[2] / "contract"
VECTORS = json.loads((CONTRACT / "pass_vectors.json").read_text(encoding="utf-8"))
PASSES = {known["name"]: known for known in VECTORS["passes"]}
MODULES = """
  const base45 = await import("/static/js/common/base45.js");
  const chain = await import("/static/js/common/chain.js");
  const { slotAt, codeOf } = await import("/static/js/pass/show.js");
  const { symbolRows } = await import("/static/js/common/qr-canvas.js");
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hex = (raw) => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const kept = (one) => ({
    ...one, day: one.day_number,
    ...Object.fromEntries(["pid", "sig"].map((name) => [name, chain.toBase64url(bytes(one[name]))])),
    seed: chain.toBase64url(bytes(one.x_n)),
  });
"""


@pytest.fixture
def run(app, browser):
    """Return a function that runs JavaScript with our modules at hand and gives what it returns."""
    with serving(app) as origin:
        page = desktop(browser, origin)
        page.goto("/login")
        yield lambda body, given=None: page.evaluate(f"async (given) => {{ {MODULES} {body} }}", given)
        assert page.complaints == []
        page.context.close()


def test_base45_gives_the_known_answers(run):
    valid, invalid = VECTORS["base45"]["valid"], VECTORS["base45"]["invalid"]
    assert run("return given.map((one) => base45.encode(bytes(one.bytes)))", valid) == [
        one["text"] for one in valid
    ]
    assert run("return given.map((one) => hex(base45.decode(one.text)))", valid) == [one["bytes"] for one in valid]
    refuse = """return given.map((text) => {
      try { return hex(base45.decode(text)); } catch (wrong) { return wrong.name; }
    })"""
    assert run(refuse, invalid) == ["RangeError"] * len(invalid)


def test_base45_agrees_with_python_on_every_pair_of_bytes(run):
    all_pairs = b"".join(pair.to_bytes(2, "big") for pair in range(65_536))
    body = """
      const raw = new Uint8Array(131_072);
      for (let pair = 0; pair < 65_536; pair++) raw.set([pair >> 8, pair & 255], 2 * pair);
      const text = base45.encode(raw);
      return [text, base45.decode(text).every((byte, at) => byte === raw[at])];
    """
    assert run(body) == [base45.encode(all_pairs), True]


def test_notices_give_the_known_answers(run):
    known = json.loads((CONTRACT / "notice_vectors.json").read_text(encoding="utf-8"))
    body = """
      const { gradeOf } = await import("/static/js/pass/matching.js");
      return given.cases.map(({ visit, place: { start, end, by_date } }) => {
        const place = { start: Date.parse(start), end: Date.parse(end), by_date };
        return gradeOf(...visit.map((at) => Date.parse(at)), place, given.rule);
      });
    """
    assert run(body, known) == [one["grade"] for one in known["cases"]]


def test_chains_give_the_known_answers(run):
    body = """return given.map((one) => {
      const elements = chain.makeChain(bytes(one.x_n), one.slot_count);
      const asked = Object.keys(one.elements).map(Number);
      return Object.fromEntries(asked.map((i) => [i, hex(chain.elementOf(elements, i))]));
    })"""
    assert run(body, VECTORS["chains"]) == [known["elements"] for known in VECTORS["chains"]]


def test_headers_and_codes_give_the_known_answers(run):
    packed = run(
        "return given.map((one) => hex(chain.packHeader({ ...one, day: one.day_number, pid: bytes(one.pid) })))",
        VECTORS["passes"],
    )
    assert packed == [known["header"] for known in VECTORS["passes"]]
    pairs = [[PASSES[code["pass"]], code["i"]] for code in VECTORS["codes"]]
    codes = run("return given.map(([one, i]) => codeOf(kept(one), i))", pairs)
    assert codes == [code["text"] for code in VECTORS["codes"]]


def test_python_accepts_what_the_page_shows_in_every_slot_it_is_asked_for(run):
    keys = {key["kid"]: PublicKey(key["kid"], key["alg"], bytes.fromhex(key["public"])) for key in VECTORS["keys"]}
    moments = []
    for known in VECTORS["passes"]:
        midnight = day_start(datetime.fromisoformat(known["day"]).date())
        first, length = known["first_slot"], timedelta(seconds=known["slot_seconds"])
        for slot in {first, first + known["slot_count"] // 2, first + known["slot_count"] - 1}:
            moments += [
                (known, midnight + slot * length),
                (known, midnight + (slot + 1) * length - timedelta(milliseconds=1)),
            ]
    given = [[known, at.timestamp() * 1000] for known, at in moments]
    body = """return given.map(([one, at]) => {
      const { pass, i } = slotAt([kept(one)], at);
      return codeOf(pass, i);
    })"""
    for (known, at), text in zip(moments, run(body, given), strict=True):
        reading = read_pass(text, at=at, keys=keys, behind=0, ahead=0)
        assert reading.header.pid.hex() == known["pid"]


def test_outside_its_slots_a_pass_shows_nothing(run):
    known = PASSES["evening of 30 s, verified"]
    midnight = day_start(datetime.fromisoformat(known["day"]).date())
    start = midnight + timedelta(seconds=known["first_slot"] * known["slot_seconds"])
    end = start + timedelta(seconds=known["slot_count"] * known["slot_seconds"])
    moments = [at.timestamp() * 1000 for at in (start - timedelta(milliseconds=1), end, start + timedelta(days=1))]
    assert run("return given[1].map((at) => slotAt([kept(given[0])], at))", [known, moments]) == [None] * 3


def test_the_phone_counts_korean_days_as_python_does(run):
    start = datetime.fromisoformat("2020-08-25T14:59:58+00:00")
    moments = [start + timedelta(seconds=second) for second in (0, 1, 2, 3, 86_399, 86_402)]
    moments.append(datetime.fromisoformat("2024-02-29T15:00:00+00:00"))
    days = run("return given.map((at) => chain.koreanTime(at).day)", [at.timestamp() * 1000 for at in moments])
    assert days == [day_number(kst_day(at)) for at in moments]


def test_a_whole_day_of_codes_is_ready_within_a_blink(run):
    body = """
      const seed = crypto.getRandomValues(new Uint8Array(16));
      const begun = performance.now();
      const elements = chain.makeChain(seed, 5760);
      return [hex(seed), hex(chain.elementOf(elements, 0)), performance.now() - begun];
    """
    seed, root, milliseconds = run(body)
    assert chain(bytes.fromhex(seed), 5_760)[0].hex() == root
    assert milliseconds < 2_000  # about 20 ms; a phone ten times as slow is still in time


def test_the_symbol_is_version_six(run):
    rows = run("return symbolRows(given).map((row) => row.length)", VECTORS["codes"][0]["text"])
    assert rows == [41 + 2 * 4] * 49


def test_typed_codes_give_the_known_answers(run):
    known = VECTORS["short_codes"]
    body = """
      const { checkLetters, shortCode } = await import("/static/js/pass/short.js");
      const key = bytes(given.key);
      const slots = Object.keys(given.checks);
      const checks = Object.fromEntries(slots.map((slot) => [slot, checkLetters(key, Number(slot))]));
      return [checks, shortCode("7K3QM", key, 5759)];
    """
    assert run(body, known) == [known["checks"], f"7K3QM-{known['checks']['5759']}"]
