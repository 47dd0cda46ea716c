#!/usr/bin/env python3
"""Runs the scenarios of docs/tutorial.md and README.md as they are printed: what a newcomer copies must work.

Blocks fenced as ```hzn tutorial=N are run; the first ```hzn block of README.md too. Steps 1 and 2 of the tutorial have the results
that its text promises.

usage: tutorial.py --horizon PROGRAM
"""
import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

from program import ROOT, environment


def blocks(path, fence):
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^```" + fence + r"\n(.*?)^```$", text, re.M | re.S)


def run(horizon, text, folder, name):
    scenario = folder / f"{name}.hzn"
    scenario.write_text(text, encoding="utf-8")
    out = folder / name
    done = subprocess.run([horizon, "run", str(scenario), "--futures", "2000", "--out", str(out)], capture_output=True, text=True, env=environment(horizon), check=False)
    if done.returncode != 0:
        sys.exit(f"{name}: exit {done.returncode}\n{done.stderr}")
    with open(out / "forecast.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        sys.exit(f"{name}: forecast.csv has no row")
    return rows, scenario


def check(horizon, scenario):
    return subprocess.run([horizon, "check", str(scenario)], capture_output=True, text=True, env=environment(horizon), check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizon", required=True)
    args = parser.parse_args()
    passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first = blocks(ROOT / "docs/tutorial.md", "hzn tutorial=1")
        second = blocks(ROOT / "docs/tutorial.md", "hzn tutorial=2")
        readme = blocks(ROOT / "README.md", "hzn")
        if len(first) != 1 or len(second) != 1 or len(readme) != 1:
            sys.exit("the pages do not hold the blocks that this test runs")
        rows, scenario = run(args.horizon, first[0], folder, "step1")
        for row in rows:
            if abs(float(row["mean"]) - 74_880_000) > 1 or float(row["p10"]) != float(row["p90"]):
                sys.exit(f"step 1 promises 74.88 m DKK a year, certain; it gives {row}")
        passed += 1
        wrong = first[0].replace("price    = 2_400 DKK per pack", "price    = 2_400 DKK")
        scenario.write_text(wrong, encoding="utf-8")
        done = check(args.horizon, scenario)
        if done.returncode != 1 or "per pack" not in done.stderr:
            sys.exit(f"step 3 promises a message about the unit: exit {done.returncode}\n{done.stderr}")
        passed += 1
        rows, scenario = run(args.horizon, second[0], folder, "step2")
        if not all(float(r["p10"]) < float(r["p90"]) for r in rows) or not any(r["p_over"] for r in rows):
            sys.exit(f"step 2 promises an interval and a chance: {rows}")
        passed += 1
        scenario.write_text(second[0].replace("discount ~", "discuont ~"), encoding="utf-8")
        done = check(args.horizon, scenario)
        if done.returncode != 1 or "did you mean `discount`" not in done.stderr:
            sys.exit(f"step 3 promises `did you mean discount`: exit {done.returncode}\n{done.stderr}")
        passed += 1
        run(args.horizon, readme[0], folder, "readme")
        passed += 1
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
