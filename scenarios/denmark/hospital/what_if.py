#!/usr/bin/env python3
"""What moves the bill most? Runs hospital.hzn again and again with one assumption changed, on the same futures.

    scenarios/denmark/hospital/what_if.py [--horizon build/release/horizon] [--futures 10000] [--year 2027]

Each change is an edit of the text (pattern, replacement), shown with what it does to the year's mean, P90 and chance over the budget.
"""

import argparse
import csv
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]

CHANGES = [
    ("All that is in use grows 2 points faster", r"growing (-?\d+)% per year from 2025", lambda m: f"growing {int(m[1]) + 2}% per year from 2025"),
    ("What is not named grows 2 points faster", r"(tail_growth|gap_growth)(\s+~ normal\(mean = )(\d)%", lambda m: f"{m[1]}{m[2]}{int(m[3]) + 2}%"),
    ("Discounts of medicines in use 3 points lower", r"^(  discount ~ )(\d+)% to (\d+)%(?= +confidential   note \"illustrative: not public\"\n  (?:exclusivity|protected|biosimilars|key|\}))", lambda m: f"{m[1]}{int(m[2]) - 3}% to {int(m[3]) - 3}%"),
    ("No price cap", r"index = price_cap", "index = 1"),
    ("Copies a year later", r"entry( +)~ (pert\(|medicine\.protected_until)", r"entry\1~ 12 months + \2"),
    ("The council says yes half as often", r"council_climate ~ lognormal\(mean = 1,", "council_climate ~ lognormal(mean = 0.5,"),
    ("The council takes half the time", r"council_speed   ~ lognormal\(mean = 1,", "council_speed   ~ lognormal(mean = 0.5,"),
    ("Darzalex first-line: a yes at the second try", r"resubmits ~ chance 60%(?=[^}]*?\n  \}\n\}\n\nhospital_launch Enhertu_early)", "resubmits = certain; second_yes = certain"),
    ("Aflibercept: the market never closes again", r"Eylea_stopped ~ chance 30%", "Eylea_stopped ~ chance 0.1%"),
    ("No shocks but those that are modelled", r"shock each year ~ normal\(mean = 0, sd = 3%\)", "shock each year ~ normal(mean = 0, sd = 0.001%)"),
    ("Twice as many newcomers that nobody has listed", r"newcomers each year ~ poisson\(6\)", "newcomers each year ~ poisson(12)"),
]


def run(horizon, futures, text, year, folder):
    copy = pathlib.Path(folder) / "hospital"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(HERE, copy)
    (copy / "hospital.hzn").write_text(text, encoding="utf-8")
    done = subprocess.run([horizon, "run", str(copy / "hospital.hzn"), "--futures", str(futures), "--out", str(copy / "out")],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    with open(copy / "out/forecast.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["forecast"] == "hospital" and row["period"] == str(year) and row["region"] == "all":
                return [float(row[c]) for c in ("mean", "p10", "p90", "p_over")]
    sys.exit(f"no total for {year}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--horizon", default=str(ROOT / "build/release/horizon"))
    parser.add_argument("--futures", type=int, default=10000)
    parser.add_argument("--year", type=int, default=2027)
    args = parser.parse_args()
    text = (HERE / "hospital.hzn").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        mean, p10, p90, over = run(args.horizon, args.futures, text, args.year, folder)
        print(f"{args.year} as it stands: mean {mean / 1e9:.2f}, P10 {p10 / 1e9:.2f}, P90 {p90 / 1e9:.2f} bn DKK, over the budget in {over:.0%}")
        found = []
        for name, pattern, replacement in CHANGES:
            changed, hits = re.subn(pattern, replacement, text, flags=re.M)
            if not hits:
                sys.exit(f"nothing to change for: {name}")
            new = run(args.horizon, args.futures, changed, args.year, folder)
            found.append((new[0] - mean, new[2] - p90, new[3], name))
        for change, tail, chance, name in sorted(found, key=lambda f: -abs(f[0])):
            print(f"{change / 1e6:+8,.0f} m DKK in the mean, {tail / 1e6:+8,.0f} in P90, over the budget in {chance:4.0%}   {name}")


if __name__ == "__main__":
    main()
