#!/usr/bin/env python3
"""Holds a run of the portfolio workload against independent results.

data/reference.csv: another implementation of the same model at 8,388,608 futures, with a standard error for every figure;
data/exact_means.csv: annual means by numerical quadrature. Means, P5, P50 and P95 of year, year_region and month must lie within 4
standard errors, both sides' errors counted; the annual means within 4 standard errors of the exact ones.

usage: reference_check.py --horizon PROGRAM [--futures 100000] [--scenario FILE] [--forecast-names year=name,...]
"""
import argparse
import csv
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
STATS = {"mean": "mean", "P5": "p05", "P50": "p50", "P95": "p95"}
REFERENCE_FUTURES = 8_388_608
# The quadrature behind exact_means.csv is itself exact to about this relative error.
QUADRATURE_ERROR = 0.7e-5


def read_forecast(path):
    rows = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["period"]
            if row["forecast"] == "year_region":
                if row["region"] == "all":
                    continue
                key += "/" + row["region"]
            rows[(row["forecast"], key)] = row
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizon", required=True)
    parser.add_argument("--futures", type=int, default=100_000)
    parser.add_argument("--scenario", default=str(HERE / "portfolio.hzn"))
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        command = [args.horizon, "run", args.scenario, "--data", f"portfolio={HERE / 'data' / 'portfolio.csv'}",
                   "--futures", str(args.futures), "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr)
            sys.exit(f"the run ended with {done.returncode}: {' '.join(command)}")
        ours = read_forecast(out / "forecast.csv")

    worst, compared, failures = 0.0, 0, []
    with open(HERE / "data" / "reference.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["output"] not in ("year", "year_region", "month") or row["stat"] not in STATS:
                continue
            mine = ours.get((row["output"], row["key"]))
            if mine is None:
                failures.append(f"{row['output']} {row['key']} is missing")
                continue
            se = float(row["se"]) * math.sqrt(1 + REFERENCE_FUTURES / args.futures)
            z = (float(mine[STATS[row["stat"]]]) - float(row["value"])) / se
            compared += 1
            worst = max(worst, abs(z))
            if abs(z) > 4:
                failures.append(f"{row['output']} {row['key']} {row['stat']}: {z:+.2f} standard errors")
    with open(HERE / "data" / "exact_means.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["output"] != "year":
                continue
            mine = ours[("year", row["key"])]
            exact = float(row["value"])
            error = 4 * float(mine["mc_error"]) + QUADRATURE_ERROR * exact
            compared += 1
            print(f"{row['key']}: mean {float(mine['mean']):.6e}, exact {exact:.6e}, "
                  f"{(float(mine['mean']) - exact) / float(mine['mc_error']):+.2f} standard errors")
            if abs(float(mine["mean"]) - exact) > error:
                failures.append(f"annual mean of {row['key']} is off by {float(mine['mean']) / exact - 1:+.2e}")
    print(f"{compared} figures compared at {args.futures} futures, largest distance {worst:.2f} standard errors")
    for failure in failures:
        print("FAILED:", failure)
    if compared < 365:
        sys.exit("too few figures were compared")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
