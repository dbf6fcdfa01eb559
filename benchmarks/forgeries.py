"""A million forged passes: bits turned over, parts spliced, fields rewritten, texts mangled. How many open a door?

Every forgery starts from authentic codes of several passes and keys, read at a moment at which those are good.
Prints how many were accepted (0 is asked), the refusals by reason, and two controls: every authentic code is
accepted, and a checker without the signature would have let most in.
"""

import argparse
import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.progress import Progress

from entry_service.core import base45
from entry_service.core.errors import PassRefused
from entry_service.core.passes import (
    CODE_BYTES,
    PREFIX,
    IssuerKey,
    PassCache,
    PassHeader,
    PublicKey,
    SignedPass,
    chain,
    code_text,
    read_pass,
    sign_pass,
)
from entry_service.core.times import KST, day_number

NOON = datetime(2020, 8, 25, 12, 0, tzinfo=KST)
PASSES, SLOT, CHUNK = 12, 15, 5_000
BITS = CODE_BYTES * 8
PARTS = {"header": (0, 17), "pid": (4, 12), "i": (17, 19), "x_i": (19, 35), "signature": (35, 99)}


class Mint:
    """Authentic passes of two issuers, one of them on P-256, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        """Draw keys and passes; each shows the code of noon."""
        dice = random.Random(seed)
        curve = ec.derive_private_key(dice.getrandbits(250) + 1, ec.SECP256R1())
        point = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        edwards = ed25519.Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
        issuers = [IssuerKey(1, "Ed25519", edwards), IssuerKey(2, "ES256", curve)]
        self.keys = {
            1: PublicKey(1, "Ed25519", edwards.public_key().public_bytes_raw()),
            2: PublicKey(2, "ES256", point),
        }
        self.first = int((NOON - NOON.replace(hour=0)).total_seconds()) // SLOT - 60
        self.index = 61
        self.codes, self.data = [], []
        for number in range(PASSES):
            issuer = issuers[number % 4 == 3]
            elements = chain(dice.randbytes(16), 120)
            header = PassHeader(
                issuer.kid, day_number(NOON.date()), dice.randbytes(8), self.first, 120, SLOT, number % 3 == 0
            )
            signed = SignedPass(header, elements[0], sign_pass(header, elements[0], issuer))
            self.codes.append(code_text(signed, self.index, elements[self.index]))
            self.data.append(bytearray(base45.decode(self.codes[-1][len(PREFIX) :])))

    def accepts(self, text: str, cache: PassCache | None) -> str:
        """Return the reason of the refusal, empty where the code is accepted."""
        try:
            read_pass(text, at=NOON + timedelta(seconds=5), keys=self.keys, cache=cache)
        except PassRefused as refusal:
            return refusal.code
        return ""


def forge(mint: Mint, dice: random.Random) -> str:
    """Return a code that nobody issued, by one of seven ways."""
    data, other = bytearray(dice.choice(mint.data)), dice.choice(mint.data)
    way = dice.randrange(7)
    if way == 0:  # a few bits
        for bit in dice.sample(range(BITS), dice.randrange(2, 6)):
            data[bit // 8] ^= 1 << bit % 8
    elif way == 1:  # parts of another authentic pass
        for first, last in dice.sample(list(PARTS.values()), dice.randrange(1, 4)):
            data[first:last] = other[first:last]
    elif way == 2:  # a field rewritten
        first, last = dice.choice(list(PARTS.values()))
        data[first:last] = dice.randbytes(last - first)
    elif way == 3:  # a later slot of a code that was seen
        later = mint.index + dice.randrange(1, 60)
        data[17:19] = later.to_bytes(2, "big")
    elif way == 4:  # nothing but chance, in the right form
        data = bytearray(dice.randbytes(CODE_BYTES))
        data[0], data[1] = 0x10 | dice.randrange(2), dice.choice((1, 2))
    elif way == 5:  # another length
        data = data[: dice.randrange(CODE_BYTES)] if dice.random() < 0.5 else data + dice.randbytes(1)
    text = PREFIX + base45.encode(bytes(data))
    if way == 6:  # the text itself
        marks = list(text)
        for _ in range(dice.randrange(1, 4)):
            marks[dice.randrange(len(marks))] = dice.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:é\0０")
        text = "".join(marks)
    return text


def run(seed: int, count: int) -> tuple[Counter, int]:
    """Return refusals by reason (accepted ones under an empty one) and how many passed without a signature."""
    mint, dice = Mint(1), random.Random(seed)
    cache, authentic, told, unsigned = PassCache(), set(mint.codes), Counter(), 0
    for code in mint.codes:
        mint.accepts(code, cache)
    for _ in range(count):
        text = forge(mint, dice)
        while text in authentic:
            text = forge(mint, dice)
        reason = mint.accepts(text, cache if dice.random() < 0.5 else None)
        told[reason] += 1
        unsigned += reason in {"", "pass_forged"}
    return told, unsigned


def bit_flips() -> int:
    """Return how many of all single-bit changes of all passes are accepted."""
    mint, accepted = Mint(1), 0
    for data in mint.data:
        for bit in range(BITS):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            accepted += mint.accepts(PREFIX + base45.encode(bytes(changed)), None) == ""
    return accepted


def main() -> None:
    """Forge, in as many processes as there are cores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--forgeries", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    mint = Mint(1)
    good = sum(mint.accepts(code, None) == "" for code in mint.codes)
    print(f"control: authentic codes accepted {good}/{len(mint.codes)}")
    print(f"single bits turned over: {bit_flips()} of {BITS * PASSES} accepted")
    told, unsigned = Counter(), 0
    jobs = -(-wish.forgeries // CHUNK)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool, Progress() as progress:
        task = progress.add_task("forging", total=jobs)
        for reasons, passed in pool.map(
            run, range(wish.seed * 1_000_000, wish.seed * 1_000_000 + jobs), [CHUNK] * jobs
        ):
            told += reasons
            unsigned += passed
            progress.advance(task)
    total = told.total()
    print(f"forgeries accepted: {told['']} of {total}, a share of {told[''] / total:.7f}")
    print(f"control: without signature and chain {unsigned / total:.1%} would have been accepted")
    for reason, count in told.most_common():
        print(f"  {reason or 'accepted':20s} {count / total:7.2%}")


if __name__ == "__main__":
    main()
