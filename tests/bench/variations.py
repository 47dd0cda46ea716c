#!/usr/bin/env python3
"""The portfolio workload renamed, reordered, with another curve, another horizon and other regions: nothing knows the scenario.

- Reordered (declarations, fields, the table's rows and columns): every byte of forecast.csv stays.
- Renamed (file, kind, table, columns, undrawn fields, forecasts): the same numbers; draws are named by the paths of what is drawn.
- With other names for what is drawn: other draws, the same distribution.
- Another curve, horizon, grid and regions: what a plain simulation of the same model in Python gives.
No file of compiler/ or runtime/ holds a name of a scenario.

usage: variations.py --horizon PROGRAM
"""
import argparse
import csv
import io
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FUTURES = 20_000
failures = []


def expect(holds, what):
    print(("ok      " if holds else "FAILED  ") + what)
    if not holds:
        failures.append(what)


def run(horizon, folder, name, scenario, table, binding, futures=FUTURES):
    """The text of forecast.csv; `table`: rows of a CSV."""
    place = folder / name
    place.mkdir()
    (place / f"{name}.hzn").write_text(scenario, encoding="utf-8")
    with open(place / "rows.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    command = [horizon, "run", str(place / f"{name}.hzn"), "--data", f"{binding}={place / 'rows.csv'}", "--futures", str(futures),
               "--out", str(place / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name}: exit {done.returncode}\n{done.stderr}")
    return (place / "out" / "forecast.csv").read_text(encoding="utf-8")


def numbers(text):
    """Of forecast.csv: everything but the names of scenario and forecast."""
    return [row[:1] + row[3:] if i == 0 else row[3:] for i, row in enumerate(row[1:] for row in csv.reader(io.StringIO(text)))]


def declarations(scenario):
    """Top-level declarations, each with its lines; `language` is left out."""
    parts, depth = [], 0
    for line in scenario.splitlines():
        line = line.split("//")[0].rstrip()
        if not line or line.startswith("language"):
            continue
        if depth == 0:
            parts.append([])
        parts[-1].append(line)
        depth += line.count("{") - line.count("}")
    return parts


def reordered(scenario, rng):
    """Forecasts keep their order among each other: it is that of the rows of forecast.csv."""
    forecasts, others = [], []
    for part in declarations(scenario):
        (forecasts if part[0].startswith("forecast") else others).append(part)
    for part in others:
        if len(part) > 2:
            body = part[1:-1]
            rng.shuffle(body)
            part[1:-1] = body
    rng.shuffle(others)
    middle = forecasts[:2] + others + forecasts[2:]
    return "language 1\n" + "\n".join("\n".join(part) for part in middle) + "\n"


def renamed(scenario, names):
    for old, new in names.items():
        scenario, count = re.subn(rf"\b{old}\b", new, scenario)
        assert count, old
    return scenario


# ---- the same model, simulated plainly ---------------------------------------------------------------------------------------

def ticks(text):
    year, month, day = map(int, text.split("-"))
    return 31 * (12 * (year - 1970) + month - 1) + day - 1


def pert(rng, low, mode, high):
    a = 1 + 4 * (mode - low) / (high - low)
    b = 1 + 4 * (high - mode) / (high - low)
    return low + (high - low) * rng.betavariate(a, b)


def lognormal(rng, p10, p90):
    return math.exp(rng.normalvariate((math.log(p10) + math.log(p90)) / 2, (math.log(p90) - math.log(p10)) / 2 / 1.2815515655446004))


def one_future(rng, rows, periods, curve):
    """Spend by period; `periods`: (midpoint in ticks, months)."""
    total = [0.0] * len(periods)
    for row in rows:
        number = lambda name: float(row[name])
        success = rng.random() < number("p_success")
        launch = pert(rng, ticks(row["launch_min"]), ticks(row["launch_mode"]), ticks(row["launch_max"]))
        peak = pert(rng, number("peak_min"), number("peak_mode"), number("peak_max"))
        ramp = lognormal(rng, number("ramp_p10"), number("ramp_p90"))
        mean, sd = number("discount_mean"), number("discount_sd")
        size = mean * (1 - mean) / sd**2 - 1
        discount = rng.betavariate(mean * size, (1 - mean) * size)
        mean, sd = number("entry_lag_mean"), number("entry_lag_sd")
        lag = rng.gammavariate((mean / sd) ** 2, sd**2 / mean)
        erosion = lognormal(rng, number("erosion_p10"), number("erosion_p90"))
        if not success:
            continue
        entry = ticks(row["loe"]) / 31 + lag
        for i, (middle, months) in enumerate(periods):
            if middle < launch:
                continue
            now = middle / 31
            patients = number("patients") * (1 + number("growth")) ** ((now - 12 * 56) / 12)   # 56 years from 1970 to 2026
            left = 1 if now < entry else number("floor") + (1 - number("floor")) * math.exp(-erosion * (now - entry))
            total[i] += patients * peak * curve((middle - launch) / 31, ramp) * number("list_price") * (1 - discount) * left * months / 12
    return total


def grid(first_year, years, months):
    return [(31 * (12 * (first_year - 1970) + months * k) + 15.5 * months, months) for k in range(years * 12 // months)]


def simulated(rows, periods, curve, per_year, futures):
    """By year: mean and sd."""
    rng = random.Random(20251)
    sums = [[] for _ in range(len(periods) // per_year)]
    for _ in range(futures):
        total = one_future(rng, rows, periods, curve)
        for year, values in enumerate(sums):
            values.append(math.fsum(total[year * per_year:(year + 1) * per_year]))
    result = []
    for values in sums:
        mean = math.fsum(values) / len(values)
        result.append((mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))))
    return result


def agrees(text, expected, futures, what):
    years = {row["period"]: row for row in csv.DictReader(io.StringIO(text)) if row["forecast"] == "year"}
    expect(len(years) == len(expected), f"{what}: {len(years)} years")
    for row, (mean, sd) in zip(years.values(), expected):
        error = math.hypot(float(row["mc_error"]), sd / math.sqrt(futures))
        z = (float(row["mean"]) - mean) / error
        spread = float(row["sd"]) / sd - 1
        expect(abs(z) < 4.5 and abs(spread) < 0.15, f"{what}, {row['period']}: mean {z:+.2f} standard errors, sd {spread:+.1%}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizon", required=True)
    horizon = parser.parse_args().horizon
    scenario = (HERE / "portfolio.hzn").read_text(encoding="utf-8")
    with open(HERE / "data" / "portfolio.csv", newline="") as file:
        table = list(csv.reader(file))
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        base = run(horizon, folder, "base", scenario, table, "portfolio")

        for k in range(3):
            rows = table[1:]
            rng.shuffle(rows)
            columns = list(range(len(table[0])))
            rng.shuffle(columns)
            mixed = [[row[c] for c in columns] for row in [table[0]] + rows]
            again = run(horizon, folder, f"mixed{k}", reordered(scenario, rng), mixed, "portfolio")
            expect(numbers(again) == numbers(base), f"reordered, {k + 1}: the same bytes")

        names = {"portfolio": "varer", "product": "vare", "uptake": "optag", "treated": "behandlede", "spend": "udgift", "left": "rest",
                 "national": "hele_landet"}
        names |= {column: f"k_{column}" for column in table[0] if column not in ("patients", "growth", "floor", "loe", "id")}
        names |= {"loe": "udløb", "id": "navn", "year_region": "aar_region", "year_atc": "aar_atc"}
        heads = [names.get(column, column) for column in table[0]]
        again = run(horizon, folder, "omdøbt", renamed(scenario, names), [heads] + table[1:], "varer")
        expect(numbers(again) == numbers(base), "renamed: the same numbers")

        drawn = {"Product": "Vare", "success": "held", "launch": "start", "peak": "top", "ramp": "tid", "discount": "rabat", "lag": "efter",
                 "erosion": "fald"}
        again = run(horizon, folder, "other_draws", renamed(scenario, drawn), table, "portfolio")
        expect(numbers(again) != numbers(base), "other names for what is drawn: other draws")
        worst = 0.0
        for mine, theirs in zip(csv.DictReader(io.StringIO(again)), csv.DictReader(io.StringIO(base))):
            for value, error in (("mean", "mc_error"), ("p50", "mc_error_p50"), ("p90", "mc_error_p90")):
                scale = math.hypot(float(mine[error]), float(theirs[error]))
                if scale > 0:
                    worst = max(worst, abs(float(mine[value]) - float(theirs[value])) / scale)
        expect(0 < worst < 5.5, f"other draws: the same distribution, at most {worst:.2f} standard errors apart")

        few = table[:1] + table[5:13]
        as_rows = [dict(zip(few[0], row)) for row in few[1:]]
        logistic = lambda age, ramp: 1 / (1 + 9 ** (1 - 2 * age / ramp))
        futures = 3000
        text = run(horizon, folder, "few", scenario, few, "portfolio")
        agrees(text, simulated(as_rows, grid(2026, 5, 1), logistic, 12, futures), futures, "a few rows")

        other = scenario.replace("1 / (1 + 9 ^ (1 - 2 * (now - launch) / ramp))", "min((now - launch) / ramp, 100%) ^ 2")
        other = other.replace("2026-01..2030-12 by month", "2027-01..2033-12 by quarter").replace("month       {", "quarter     {")
        other = other.replace("by = [month]", "by = [quarter]").replace("2026-01-01", "(2027-01-01 - 12 months)")
        other = other.replace("{ R1, R2, R3, R4, R5 }", "{ Øst, Vest }")
        other = other.replace("{ R1: 31%, R2: 15%, R3: 21%, R4: 23%, R5: 10% }", "{ Øst: 45%, Vest: 55% }")
        text = run(horizon, folder, "other", other, few, "portfolio")
        square = lambda age, ramp: min(age / ramp, 1) ** 2
        agrees(text, simulated(as_rows, grid(2027, 7, 3), square, 4, futures), futures, "another curve, horizon and grid")
        cells = {(row["period"], row["region"]): float(row["mean"]) for row in csv.DictReader(io.StringIO(text)) if row["forecast"] == "year_region"}
        parts = [cells[year, "Øst"] / cells[year, "all"] for year, region in cells if region == "Vest"]
        expect(len(parts) == 7 and all(abs(part - 0.45) < 1e-12 for part in parts), "other regions: their shares of every year")

    words = re.compile(r"portfolio|year_region|year_atc|entry_lag|ramp_p[19]0|peak_mode|hospital|danish_typical|biosimilar|Stelara|\bmedicine\b|\blaunch\b")
    known = []
    for place in ("compiler", "runtime"):
        for path in sorted((ROOT / place).rglob("*.[ch]pp")):
            for line_number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if words.search(re.sub(r"`[^`]*`", "", line.split("//")[0])):   # examples within messages are no knowledge
                    known.append(f"{path.relative_to(ROOT)}:{line_number}: {line.strip()}")
    expect(not known, "no name of a scenario or of the library in compiler/ and runtime/" + "".join("\n  " + line for line in known))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
