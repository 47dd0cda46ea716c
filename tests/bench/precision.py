#!/usr/bin/env python3
"""How many plain futures some futures of `--sampling sobol` are worth: the variance of plain Monte Carlo over that of sobol runs with
different seeds, for each year's national total, and whether the errors that the runs state are true.

  precision.py --horizon build/horizon SCENARIO.hzn --data portfolio=FILE.csv [--futures 4096] [--seeds 48] [--reference 400000]

The table is Markdown, as docs/performance.md holds it. Never a test: it takes minutes."""

import argparse
import csv
import math
import pathlib
import statistics
import subprocess
import tempfile

COLUMNS = [("mean", "mc_error"), ("p50", "mc_error_p50"), ("p90", "mc_error_p90")]


def run(arguments, folder, **options):
    command = [arguments.horizon, "run", arguments.scenario, "--out", str(folder)]
    for binding in arguments.data:
        command += ["--data", binding]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(folder / "forecast.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["forecast"] == arguments.forecast]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--horizon", required=True)
    parser.add_argument("scenario")
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--forecast", default="year")
    parser.add_argument("--futures", type=int, default=4096)
    parser.add_argument("--seeds", type=int, default=48)
    parser.add_argument("--reference", type=int, default=400000, help="plain futures for the truth and for plain Monte Carlo's variance")
    parser.add_argument("--each", action="store_true", help="a line for each period, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        plain = run(arguments, folder / "plain", futures=arguments.reference, seed=1000001)
        runs = [run(arguments, folder / "sobol", futures=arguments.futures, seed=seed, sampling="sobol")
                for seed in range(1, arguments.seeds + 1)]
    print(f"{arguments.futures} futures, {arguments.seeds} seeds, {len(plain)} periods, plain reference {arguments.reference} futures")
    print()
    print("| of the national total | worth so many plain futures | times as many: lowest, median, highest period | stated error over true "
          "| bias in its standard errors, largest |")
    print("|---|---|---|---|---|")
    for column, error in COLUMNS:
        gains, honesty, bias = [], [], []
        for cell, reference in enumerate(plain):
            values = [float(one[cell][column]) for one in runs]
            stated = [float(one[cell][error]) for one in runs]
            variance = statistics.variance(values)
            plain_variance = float(reference[error]) ** 2 * arguments.reference / arguments.futures
            if variance == 0 or plain_variance == 0:
                continue
            gains.append(plain_variance / variance)
            honesty.append(math.sqrt(statistics.fmean(e * e for e in stated) / variance))
            own = math.sqrt(variance / len(values) + float(reference[error]) ** 2)
            bias.append((statistics.fmean(values) - float(reference[column])) / own)
            if arguments.each:
                print(f"| {column} {reference['period']} | {gains[-1] * arguments.futures:.3g} | {gains[-1]:.3g} | {honesty[-1]:.2f} | {bias[-1]:.1f} |")
        low, middle, high = min(gains), statistics.median(gains), max(gains)
        print(f"| {column} | {low * arguments.futures:.2g} to {high * arguments.futures:.2g} | {low:.3g}, {middle:.3g}, {high:.3g} "
              f"| {statistics.median(honesty):.2f} | {max(bias, key=abs):.1f} |")


if __name__ == "__main__":
    main()
