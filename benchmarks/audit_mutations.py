"""Is every change of the audit found, and its first bad row named? Seeded mutations by somebody who owns the host.

The attacker writes the database as they like (no triggers, no keys, columns of any type), knows how hashes are
made, may sign with a key of their own, put back an earlier or a forked state, and edit the second place. What they
lack is the audit's signing key. Each mutation is put into a database and a folder of its own, and verified.
Chains that nothing was done to are the control.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519
from rich.progress import track

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.audit_chains import FORK, ROWS, Bench, Chains, Row, State, made
from entry_service.vault.audit_rows import FIRST_HASH, canonical, row_hash, signed_bytes
from entry_service.vault.audit_verification import Verification
from entry_service.vault.checkpoints import checkpoint, read_line

THEIRS = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def rehashed(rows: list[Row], *, key: ed25519.Ed25519PrivateKey | None = None, first: int = 0) -> tuple[Row, ...]:
    """Return the rows numbered and chained anew from index ``first``; signed by ``key``, else as they were."""
    chained = list(rows[:first])
    before = chained[-1][3] if chained else FIRST_HASH
    for index, (_, at, body, _, signature) in enumerate(rows[first:], first + 1):
        text = canonical({**json.loads(body), "seq": index})
        before = row_hash(before, text)
        chained.append(
            (index, at, text, before, key.sign(signed_bytes(index, before)) if key is not None else signature)
        )
    return tuple(chained)


def change_field(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Change one field of one body; leave the hashes, or make them fit, or sign the rest with another key."""
    rows = list(chains.true.rows)
    index = dice.randrange(len(rows))
    seq, at, text, own, signature = rows[index]
    body = json.loads(text)
    field = dice.choice(sorted(body))
    value = body[field]
    body[field] = value + dice.choice((-1, 1, 1000)) if isinstance(value, int) else _other(value, dice)
    rows[index] = (seq, at, canonical(body), own, signature)
    how = dice.randrange(3)
    if how and field != "seq":
        changed = rehashed(rows, key=THEIRS if how == 2 else None, first=index)
        return replace(chains.true, rows=changed), seq
    return replace(chains.true, rows=tuple(rows)), seq


def change_column(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Change one column of one row: a bit, a type, or nothing in it at all."""
    rows = list(chains.true.rows)
    index = dice.randrange(len(rows))
    row = list(rows[index])
    column = dice.randrange(1, 5)
    value = row[column]
    if dice.random() < 0.2:
        row[column] = dice.choice((None, "", b"", "\u0000", 1 << 62, -5, 0.5, "한글"))
    elif isinstance(value, int):
        row[column] = value + dice.choice((-1_000_000, -1, 1, 1_000_000, 86_400_000_000))
    else:
        raw = bytearray(value.encode() if isinstance(value, str) else value)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(7)
        row[column] = raw.decode() if isinstance(value, str) else bytes(raw)
    rows[index] = tuple(row)
    return replace(chains.true, rows=tuple(rows)), row[0]


def swap_rows(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Let two rows change places, with or without hashes that fit."""
    rows = list(chains.true.rows)
    one, two = sorted(dice.sample(range(len(rows)), 2))
    rows[one], rows[two] = rows[two], rows[one]
    if dice.random() < 0.5:
        return replace(chains.true, rows=rehashed(rows, first=one)), one + 1
    rows[one], rows[two] = (one + 1, *rows[one][1:]), (two + 1, *rows[two][1:])
    return replace(chains.true, rows=tuple(rows)), one + 1


def delete_rows(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Take out rows from the middle, with their subjects; close the gap or leave it."""
    rows = list(chains.true.rows)
    begin = dice.randrange(len(rows) - 1)
    end = min(begin + dice.randrange(1, 4), len(rows) - 1)
    gone = {row[0] for row in rows[begin:end]}
    subjects = tuple(one for one in chains.true.subjects if one[0] not in gone)
    del rows[begin:end]
    if dice.random() < 0.6:
        key = THEIRS if dice.random() < 0.5 else None
        shifted = {old[0]: index for index, old in enumerate(rows, 1)}
        subjects = tuple((shifted[seq], subject) for seq, subject in subjects)
        return State(
            rehashed(rows, key=key, first=begin), subjects, chains.true.lines, chains.true.mark
        ), begin + 1
    return replace(chains.true, rows=tuple(rows), subjects=subjects), begin + 1


def insert_row(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Put a row of one's own in, or a true one a second time, anywhere and at the end."""
    rows = list(chains.true.rows)
    index = dice.choice((len(rows), dice.randrange(len(rows))))
    seq, at, text, own, signature = dice.choice(rows)
    doubled = dice.random() < 0.4
    if not doubled:
        body = {**json.loads(text), "account_id": "officer-9", "subjects": 0, "subjects_digest": ""}
        text = canonical(body)
    rows.insert(index, (seq, at, text, own, signature))
    if dice.random() < 0.7:
        rows = rehashed(rows, key=dice.choice((THEIRS, None)), first=index)
        first = next(at for at, row in enumerate(rows) if row not in chains.true.rows)  # a double is a row later
        return replace(chains.true, rows=rows), first + 1
    return replace(chains.true, rows=tuple(rows)), seq + 1 if doubled else 0


def cut_tail(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Take away the last rows with their subjects."""
    left = dice.randrange(len(chains.true.rows))
    subjects = tuple(one for one in chains.true.subjects if one[0] <= left)
    return replace(chains.true, rows=chains.true.rows[:left], subjects=subjects), left + 1


def roll_back(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Put the database back to an earlier state, or to another true chain that left this one."""
    if dice.random() < 0.5:
        left = dice.randrange(len(chains.earlier))
        earlier = chains.earlier[left]
        return replace(chains.true, rows=earlier.rows, subjects=earlier.subjects), left + 2
    until = dice.randrange(FORK + 1, ROWS + 1)
    rows = chains.fork.rows[:until]
    subjects = tuple(one for one in chains.fork.subjects if one[0] <= until)
    return replace(chains.true, rows=rows, subjects=subjects), FORK + 1


def edit_checkpoints(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Edit the second place: a bit, a line taken out, doubled, moved, forged or cut; the tail; another chain's."""
    lines = list(chains.true.lines)
    index = dice.randrange(len(lines))
    how = dice.randrange(10)
    if how == 0:
        raw = bytearray(lines[index])
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        lines[index] = bytes(raw)
    elif how == 1:
        del lines[index]
    elif how == 2:
        lines.insert(dice.randrange(len(lines) + 1), lines[index])
    elif how == 3:
        other = (index + dice.randrange(1, len(lines))) % len(lines)
        lines[index], lines[other] = lines[other], lines[index]
    elif how == 4:
        del lines[index:]
    elif how == 5:
        lines[index] = lines[index][: dice.randrange(len(lines[index]))]
        if dice.random() < 0.5:
            del lines[index + 1 :]
    elif how == 6:
        junk = dice.choice((b"\n", b"{}\n", b"junk\n", b"junk", b"\0" * 2000, b'{"kind":"row"\n'))
        lines.insert(dice.randrange(len(lines) + 1), junk)
    elif how == 7:
        lines = list(chains.fork.lines[: dice.randrange(FORK + 1, ROWS + 1)])
    elif how == 8:
        true = read_line(lines[index])
        before = read_line(lines[index - 1]).signature if index else ""
        kind = dice.choice(("row", "resumed"))
        forged = checkpoint(THEIRS, kind, true.seq, bytes.fromhex(true.hash), true.at, before)
        lines.insert(index, forged.line()) if dice.random() < 0.5 else lines.__setitem__(index, forged.line())
    else:
        mark = dice.choice((None, b"", THEIRS.public_key().public_bytes_raw().hex().encode()))
        return replace(chains.true, mark=mark), 0
    return replace(chains.true, lines=tuple(lines)), 0


def change_subjects(chains: Chains, dice: random.Random) -> tuple[State, int]:
    """Change whom a row is about: another, one more, one less, moved to another row, said twice."""
    subjects = list(chains.true.subjects)
    index = dice.randrange(len(subjects))
    seq, subject = subjects[index]
    how = dice.randrange(5)
    if how == 0:
        raw = bytearray(subject)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        subjects[index] = (seq, bytes(raw))
        return replace(chains.true, subjects=tuple(subjects)), seq
    if how == 1:
        del subjects[index]
        return replace(chains.true, subjects=tuple(subjects)), seq
    if how == 2:
        seq = dice.randrange(-1, ROWS + 4)
        subjects.append((seq, dice.randbytes(32)))
    elif how == 3:
        other = dice.choice([number for number in range(-1, ROWS + 3) if number != seq])
        subjects[index] = (other, subject)
        seq = min(seq, other)
    else:
        subjects.append((seq, subject))
    return replace(chains.true, subjects=tuple(subjects)), max(seq, 0) if seq <= ROWS else 0


def _other(value: str, dice: random.Random) -> str:
    return dice.choice(
        [
            other
            for other in ("", value + "x", value[:-1], value.upper(), value[::-1], "officer-7")
            if other != value
        ]
    )


MUTATIONS: tuple[Callable[[Chains, random.Random], tuple[State, int]], ...] = (
    change_field,
    change_column,
    swap_rows,
    delete_rows,
    insert_row,
    cut_tail,
    roll_back,
    edit_checkpoints,
    change_subjects,
)


@dataclass(frozen=True)
class Result:
    """One mutation: what it was, what was found; ``seq`` is the first row it touched, 0 where nobody can say."""

    kind: str
    seq: int
    found: Verification


def mutate(chains: Chains, bench: Bench, number: int, seed: int = 1) -> Result:
    """Draw a mutation that changes something, and verify what it left."""
    dice = random.Random(f"{seed}/{number}")
    mutation = MUTATIONS[number % len(MUTATIONS)]
    while (drawn := mutation(chains, dice))[0] == chains.true:
        pass
    return Result(mutation.__name__, drawn[1], bench.verify(drawn[0]))


def main() -> None:
    """Count what was found, and how often the first bad row was named exactly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kinds, found, known, named, whys = (Counter() for _ in range(5))
    with tempfile.TemporaryDirectory() as name:
        chains = made(Path(name))
        bench = Bench(Path(name), chains.public_key)
        controls = [bench.verify(state).ok for state in (chains.true, chains.fork, *chains.earlier)]
        for number in track(range(options.mutations), "바꾸고 검증합니다"):
            result = mutate(chains, bench, number, options.seed)
            kinds[result.kind] += 1
            found[result.kind] += not result.found.ok
            known[result.kind] += result.seq > 0
            named[result.kind] += result.seq > 0 and result.found.first_bad_seq == result.seq
            whys[result.found.why] += 1
            if result.found.ok:
                print(f"not found: number {number} of seed {options.seed}, {result.kind}")
        bench.close()
    for kind, count in kinds.items():
        exactly = f"first bad row named {named[kind]:>6,} of {known[kind]:>6,}"
        print(f"{kind:<18} found {found[kind]:>6,} of {count:>6,}   {exactly}")
    print(", ".join(f"{why} {count:,}" for why, count in whys.most_common()))
    print(f"untouched chains that verify: {sum(controls)} of {len(controls)}")
    print(f"audit mutations found: {found.total():,} of {kinds.total():,}")


if __name__ == "__main__":
    main()
