"""Cycles of the portfolio's kernel, by kinds of products (tests/bench/blocks.cpp)."""
import csv
import math
import pathlib
import subprocess

from . import processes
from .setting import DATA, PORTFOLIO

LAST = "2030-12-16"   # copies that come later change no month of the horizon
ROWS = 100
NOT_MEASURED = 3   # and the program says why
KINDS = {
    "on the market, exclusive to the end": lambda row: float(row["p_success"]) == 1 and row["loe"] >= LAST,
    "on the market, copies come": lambda row: float(row["p_success"]) == 1 and row["loe"] < LAST,
    "on their way, exclusive to the end": lambda row: float(row["p_success"]) < 1 and row["loe"] >= LAST,
    "on their way, copies come": lambda row: float(row["p_success"]) < 1 and row["loe"] < LAST,
}


def write(path, rows):
    """The first rows, over again where they are too few, all of one group."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for i in range(ROWS):
            writer.writerow(dict(rows[i % len(rows)], id=f"P{i + 1:06d}", atc1="A"))
    return path


def cycles(setting, program, path):
    """The least of the rounds and how many blocks were counted, as cells; or why there are none."""
    command = [str(program), str(PORTFOLIO), f"portfolio={path}", str(ROWS), str(setting.sizes.repeats)]
    found, reason = [], ""
    for _ in range(setting.rounds):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            found.append(tuple(map(float, done.stdout.split())))
        elif done.returncode == NOT_MEASURED:
            reason = done.stderr.strip()
        else:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return (min(found), "") if found else (None, f"({reason})")


def kernels(setting):
    program = pathlib.Path(setting.horizon).parent / "tests" / "bench" / "bench_blocks"
    if not program.exists():
        return f"(left out: there is no {program}; tools/build makes it)"
    with open(DATA / "portfolio.csv", newline="", encoding="utf-8") as file:
        all_rows = list(csv.DictReader(file))
    rows, every = [], 0
    for kind, fits in KINDS.items():
        of_kind = [row for row in all_rows if fits(row)]
        found, reason = cycles(setting, program, write(pathlib.Path(setting.folder) / "kind.csv", of_kind))
        rows.append([kind, len(of_kind), f"{found[0]:.1f}" if found else reason, f"{found[1]:.0f}" if found else ""])
        every += len(of_kind) * found[0] if found else float("nan")
    note = f"{ROWS} products of a kind, blocks that had the core for themselves (an eighth of them took less), their tables in the second-level cache"
    if not math.isnan(every):
        note += f"; weighted by W1's products {every / len(all_rows):.1f}"
    return note + "\n\n" + processes.table(["products", "of them in W1", "cycles a product and future", "blocks"], rows)
