#!/usr/bin/env python3
"""Any text gives messages, never a crash: scenarios of the tree with a few words dropped, doubled, swapped or taken from elsewhere.

usage: mutations.py --horizon PROGRAM [--count 400] [--seed 1] [--keep FOLDER] [--runs]

Each mutant is checked (with --runs also run, at 64 futures): the exit code must be 0, 1 or 3, with a message where it is not 0, within
20 seconds. The same seed gives the same mutants. A failing mutant is printed, and kept with --keep.
"""
import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = re.compile(r"\s+|[^\W\d]\w*|\d[\d_.]*|.", re.DOTALL)
LARGEST = 40_000


def sources():
    files = [f for folder in ("tests", "stdlib", "scenarios") for f in sorted((ROOT / folder).rglob("*.hzn"))]
    return [(f, TOKEN.findall(f.read_text(encoding="utf-8", errors="replace"))) for f in files if 0 < f.stat().st_size < LARGEST]


def mutated(tokens, words, rng):
    tokens = list(tokens)
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        way = rng.randrange(5)
        if way == 0:
            del tokens[at:at + rng.choice([1, 1, 2, 8])]
        elif way == 1:
            tokens[at] = rng.choice(words)
        elif way == 2:
            tokens.insert(at, rng.choice(words))
        elif way == 3:
            low, high = sorted((at, other))
            tokens[at:at] = tokens[low:min(high, low + 30)]
        else:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        tokens = tokens or ["x"]
    return "".join(tokens)


def fault(command, folder):
    """What is wrong with how the program took it, or None."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, cwd=folder, env=dict(os.environ, HORIZON_CACHE="off"))
    except subprocess.TimeoutExpired:
        return "it took more than 20 seconds"
    if done.returncode not in (0, 1, 3):
        return f"exit {done.returncode}: {done.stderr[-300:].decode(errors='replace')}"
    return None if done.returncode == 0 or done.stderr.strip() else f"exit {done.returncode} without a message"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--horizon", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--runs", action="store_true")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    texts = sources()
    words = [word for _, tokens in texts for word in tokens]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        scenario = pathlib.Path(folder) / "mutant.hzn"
        program = str(args.horizon.resolve())
        for i in range(args.count):
            origin, tokens = rng.choice(texts)
            text = mutated(tokens, words, rng)
            scenario.write_text(text, encoding="utf-8")
            command = [program, "check", str(scenario)]
            if args.runs:
                command = [program, "run", str(scenario), "--futures", "64", "--threads", "1", "--out", folder + "/out"]
            what = fault(command, origin.parent)
            if what is None:
                continue
            failed += 1
            print(f"mutant {i} of {origin.relative_to(ROOT)}: {what}\n{text}\n", file=sys.stderr)
            if args.keep:
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"mutant_{args.seed}_{i}.hzn").write_text(text, encoding="utf-8")
    print(f"{args.count} mutants, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
