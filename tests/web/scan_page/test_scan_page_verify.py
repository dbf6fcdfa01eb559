"""The door's JavaScript judges passes exactly as the service does, with WebCrypto's Ed25519 and without it."""

import json
from pathlib import Path

import pytest

from ..browser import chromium, desktop, serving

pytestmark = pytest.mark.real

VECTORS = json.loads((Path(__file__).parents[3] / "contract" / "pass_vectors.json").read_text(encoding="utf-8"))
JUDGE = """async (vectors) => {
  const { PassVerifier, AHEAD, BEHIND } = await import("/static/js/common/verify-pass.js");
  const { toBase64url } = await import("/static/js/common/chain.js");
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const keys = vectors.keys.map((key) => ({ ...key, public: toBase64url(bytes(key.public)) }));
  const fresh = () => { const one = new PassVerifier(); one.setKeys(keys); return one; };
  const judge = async (verifier, text, at) => {
    try { return (await verifier.read(text, Date.parse(at))).pid; }
    catch (refusal) { return refusal.code ?? `fault: ${refusal}`; }
  };
  const answers = { tolerance: { behind: BEHIND, ahead: AHEAD }, codes: [], refused: [], cached: [] };
  const seen = fresh();
  for (const code of vectors.codes) {
    const last = new Date(Date.parse(code.accepted_until) - 1).toISOString();
    answers.codes.push([
      await judge(fresh(), code.text, code.accepted_from), await judge(fresh(), code.text, last),
      await judge(fresh(), code.text, code.accepted_until),
      await judge(seen, code.text, code.slot_start),
    ]);
  }
  for (const code of vectors.refused) answers.refused.push(await judge(fresh(), code.text, code.at));
  for (const code of vectors.refused) answers.cached.push(await judge(seen, code.text, code.at));
  return answers;
}"""
NO_ED25519 = """(() => {
  const real = SubtleCrypto.prototype.importKey;
  window.refusals = 0;
  SubtleCrypto.prototype.importKey = function (format, raw, algorithm, ...rest) {
    if ((algorithm.name ?? algorithm) !== "Ed25519") return real.call(this, format, raw, algorithm, ...rest);
    window.refusals += 1;
    return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
  };
})()"""


@pytest.fixture(params=["WebCrypto", "noble"])
def judged(app, request):
    """Return what the page's verifier says to every known answer."""
    with serving(app) as origin, chromium() as browser:
        page = desktop(browser, origin)
        if request.param == "noble":
            page.add_init_script(NO_ED25519)
        page.goto("/login")
        answers = page.evaluate(JUDGE, VECTORS)
        if request.param == "noble":
            assert page.evaluate("() => window.refusals") > 0
        assert page.complaints == []
        return answers


def test_every_known_answer_holds_in_the_browser(judged):
    assert judged["tolerance"] == VECTORS["tolerance"]
    pids = {issued["name"]: issued["pid"] for issued in VECTORS["passes"]}
    for code, (first, last, after, cached) in zip(VECTORS["codes"], judged["codes"], strict=True):
        assert (first, last, cached) == (pids[code["pass"]],) * 3, code
        assert after in {"pass_expired", "pass_key_unknown"}, code
    expected = [(code["why"], code["code"]) for code in VECTORS["refused"]]
    assert list(zip([why for why, _ in expected], judged["refused"], strict=True)) == expected
    assert list(zip([why for why, _ in expected], judged["cached"], strict=True)) == expected
