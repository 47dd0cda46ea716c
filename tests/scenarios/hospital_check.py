"""Holds scenarios/denmark/hospital to what is published: the level, the discount, cancer's part, the quarters, the errors of
published forecasts; and to its own promises: regions add up to the nation, enough is named, every figure is sourced or says it is illustrative.
"""

import argparse
import csv
import math
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios/denmark/hospital"
FUTURES = 10_000   # as tools/run, so that README.md can be compared

# Published total forecasts miss by 1.9 (Stockholm 2007-2018, Linnér 2020) to 2.0 percentage points (AJHP) a year ahead. Of a normal error
# that is a standard deviation of 2.5 points, and 80 % of it lie within 1.2816 of those on either side. No interval of 2027 may be narrower than
# a year ahead, nor wider than three years' errors (2025, 2026 and 2027) all in the same direction.
ONE_YEAR = 2 * 1.2816 * 2.0 * math.sqrt(math.pi / 2) / 100
NARROWEST, WIDEST = ONE_YEAR * 1.9 / 2.0, 3 * ONE_YEAR

failures = []


def check(holds, text):
    if not holds:
        failures.append(text)


def read(rows, forecast, period, column="mean", **labels):
    found = [
        r for r in rows
        if r["forecast"] == forecast and r["period"] == period and all(r[d] == labels.get(d, "") or
                                                                       (d not in labels and r[d] in ("", "all"))
                                                                       for d in ("region", "region(2027)", "atc1", "part"))
    ]
    if len(found) != 1:
        sys.exit(f"{len(found)} rows for {forecast} {period} {labels}, expected one")
    return float(found[0][column])


def level(rows):
    total = read(rows, "hospital", "2025")
    check(10.0e9 < total < 11.5e9, f"2025 is {total / 1e9:.2f} bn DKK; public: over 10 bn, estimates up to 11.3 bn")
    parts = sum(read(rows, "parts", "2025", part=p) for p in ("Named", "New", "Tail", "Gap"))
    check(abs(parts / total - 1) < 1e-9, f"the parts add up to {parts}, the total is {total}")
    named = read(rows, "parts", "2025", part="Named")
    check(named > total / 2, f"named medicines are {named / total:.0%} of 2025; they should be most of it")
    share = read(rows, "groups", "2025", atc1="L") / total
    check(0.55 < share < 0.62, f"ATC L is {share:.1%} of 2025; published: close to 60 %, 56.6 % in 2022")
    discount = read(rows, "discount", "2025")
    check(0.40 < discount < 0.47, f"the discount of 2025 is {discount:.1%}; published: 40 to 47 %")


def regions(rows):
    names = ("Nordjylland", "Midtjylland", "Syddanmark", "Hovedstaden", "Sjælland")
    for year in range(2025, 2031):
        total = read(rows, "hospital", str(year))
        added = sum(read(rows, "hospital", str(year), region=n) for n in names)
        check(abs(added / total - 1) < 1e-9, f"{year}: the regions add up to {added}, the nation is {total}")
        # In the regions of 2027 the east is the sum of the two that merge, the others are what they were.
        east = read(rows, "regions_2027", str(year), **{"region(2027)": "Østdanmark"})
        two = sum(read(rows, "hospital", str(year), region=n) for n in ("Hovedstaden", "Sjælland"))
        check(abs(east / two - 1) < 1e-9, f"{year}: Østdanmark is {east}, the two regions that it is made of are {two}")
        for name in ("Nordjylland", "Midtjylland", "Syddanmark", "all"):
            for column in ("mean", "sd", "p10", "p50", "p90"):
                five = read(rows, "hospital", str(year), column, region=name)
                four = read(rows, "regions_2027", str(year), column, **{"region(2027)": name})
                check(abs(five / four - 1) < 1e-9, f"{year} {name} {column}: {five} of five regions, {four} of four")
        # The same total is reached without regions, future by future: not only its mean, its quantiles too.
        for column in ("mean", "sd", "p05", "p50", "p90", "p95"):
            one, other = read(rows, "hospital", str(year), column), read(rows, "parts", str(year), column)
            check(abs(one / other - 1) < 1e-9, f"{year} {column}: {one} through the regions, {other} without them")


def spread(rows):
    p10, p50, p90 = (read(rows, "hospital", "2027", c) for c in ("p10", "p50", "p90"))
    width = (p90 - p10) / p50
    check(NARROWEST < width < WIDEST, f"80 % interval of 2027: {width:.1%} of the median; should be {NARROWEST:.1%} to {WIDEST:.1%}")
    for year in ("2026", "2027"):
        over = read(rows, "hospital", year, "p_over")
        check(0.02 < over < 0.98, f"{year}: the chance over the budget is {over}, which tells nobody anything")


def seasons(rows):
    for year in (2025, 2026, 2027):
        months = [read(rows, "months", f"{year}-{m:02}") for m in range(1, 13)]
        for quarter, published in enumerate((20, 24, 24.5, 31.5)):
            part = 100 * sum(months[3 * quarter:3 * quarter + 3]) / sum(months)
            check(abs(part - published) < 1.0, f"{year}-Q{quarter + 1} is {part:.1f} % of its year; published about {published} %")


def readme(rows):
    """The figures of the scenario's README are those of its run."""
    def mean(forecast, year, **labels):
        return read(rows, forecast, year, "mean", **labels)

    wanted = {
        "P10": lambda y: read(rows, "hospital", y, "p10") / 1e9,
        "Mean, bn DKK": lambda y: mean("hospital", y) / 1e9,
        "P90": lambda y: read(rows, "hospital", y, "p90") / 1e9,
        "of the mean: named, in use": lambda y: mean("parts", y, part="Named") / 1e9,
        "new, after what they replace": lambda y: mean("parts", y, part="New") / 1e9,
        "tail and gap": lambda y: (mean("parts", y, part="Tail") + mean("parts", y, part="Gap")) / 1e9,
        "saved by copies, m DKK": lambda y: mean("copies", y) / 1e6,
        "Budget, bn DKK (illustrative)": lambda y: read(rows, "hospital", y, "budget") / 1e9,
        "Chance that it is exceeded": lambda y: read(rows, "hospital", y, "p_over") * 100,
    }
    found = set()
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [c.strip().strip("*") for c in line.strip("|").split("|")]
        if cells[0] not in wanted or len(cells) != 7:
            continue
        found.add(cells[0])
        for year, shown in zip(range(2025, 2031), cells[1:]):
            digits = shown.removesuffix(" %").replace(",", "")
            step = 10.0 ** -len(digits.partition(".")[2]) if "." in digits else (10.0 if float(digits) >= 100 else 1.0)
            value = wanted[cells[0]](str(year))
            check(abs(float(digits) - value) <= 0.5001 * step, f"README.md, {cells[0]}, {year}: {shown}; the run gives {value:.3f}")
    check(found == set(wanted), f"README.md has no row for {sorted(set(wanted) - found)}")


def enough(text):
    check(len(re.findall(r"^hospital_medicine \w+ \"", text, re.M)) >= 25, "fewer than 25 named medicines")
    check(len(re.findall(r"^hospital_launch \w+ \"", text, re.M)) >= 10, "fewer than 10 named launches")
    for name in ("Xolair", "Xgeva", "Simponi", "Perjeta", "Eylea", "Ibrance", "Ocrevus", "Xtandi", "Entyvio", "Jakavi"):
        body = re.search(rf"^hospital_medicine {name} .*?^}}", text, re.M | re.S)
        check(body and "biosimilars {" in body.group(0), f"{name} loses its protection by 2030 and has no copies")
    for line in text.splitlines():
        if re.search(r"\bdiscount\s*~", line):
            check("confidential" in line, f"a discount that is not confidential: {line.strip()}")


def pipeline():
    raw = (FOLDER / "inputs/pipeline.csv").read_bytes()
    text = raw.decode("utf-8-sig") if not raw[:1].isspace() else ""
    rows = list(csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","))
    check(len(rows) >= 60, f"{len(rows)} rows in the pipeline, fewer than 60")
    check(len({r["name"] for r in rows}) == len(rows), "a name twice in the pipeline")
    check(all(r["source"].strip() for r in rows), "a pipeline row without a source")


def sourced(text):
    """Each definition with a number in it has a source or a note on it, or below a comment that says where it comes from."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        code = line.split("//")[0]
        found = re.match(r"\s*(\w+)(?:\([^)]*\))?(?:\s*:[^=~]*)?\s*[=~](.*)", code.removeprefix("fn "))
        if not found or found.group(1) in ("atc", "by"):
            continue
        value = re.sub(r'"[^"]*"', "", found.group(2))
        value = re.sub(r"\bfrom \d{4}\b|\b\w*_\d+\b|\b1 (?:year|month|day)s?\b|\b[A-Z]{1,3}\d\w*", "", value)
        if not [n for n in re.findall(r"(?<![\w.])\d[\d_.]*", value) if float(n.replace("_", "").rstrip(".")) not in (0, 1)]:
            continue
        around = [line] + lines[i + 1:i + 2] + [b for b in lines[max(0, i - 3):i] if b.strip().startswith("//")]
        if not any(re.search(r'\b(?:source|note) "', a) or re.search(r"//.*(?:[Ii]llustrative|std\.tail|horizon)", a) for a in around):
            check(False, f"hospital.hzn:{i + 1}: neither a source nor a note: {line.strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--horizon", default=str(ROOT / "build/release/horizon"))
    args = parser.parse_args()
    scenario = FOLDER / "hospital.hzn"
    text = scenario.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        out = pathlib.Path(name) / "out"
        done = subprocess.run([args.horizon, "run", str(scenario), "--futures", str(FUTURES), "--out", str(out)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"the scenario does not run: exit {done.returncode}\n{done.stderr}")
        with open(out / "forecast.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    level(rows)
    regions(rows)
    spread(rows)
    seasons(rows)
    readme(rows)
    enough(text)
    pipeline()
    sourced(text)
    for failure in failures:
        print(failure)
    sys.exit(f"{len(failures)} failed" if failures else 0)


if __name__ == "__main__":
    main()
