#!/usr/bin/env python3
"""Conformance: tests/conformance/**/*.hzn, scenarios that hold a rule of the language against a closed form.

    //! futures = 2000                             default 1000;  //! seed = 7   default 1;  //! data = t=prices.csv
    //! cost 2027 = 1200 exactly                   forecast, period, labels, statistic (default mean) = value, how near
    //! cost 2027 R1 mean = 100 * exp(-0.5) within 4 se
    //! cost 2027-03 R1 L04 p90 = 12.5 within 0.1%  also: within 0.02 (absolute)
    //! cost unit = DKK                            the unit column;  //! rows = 24   lines of forecast.csv below its head

Values may be arithmetic with exp, log, sqrt, erf, gamma, pi and probit(p), the normal quantile. Labels left out are `all`.
`se` is the column mc_error for mean, mc_error_p50 and mc_error_p90 for those, and the usual formula for sd and p_over.
The folder parse/ holds texts that need only parse; tests/unit/compiler/parse reads them.
Every scenario runs through the JIT on two threads and through the interpreter on one: forecast.csv must be the same bytes.
"""

import ast
import csv
import io
import math
import pathlib
import re
import statistics
import sys
import tempfile

from program import Failure, environment, main, run

FIXED = {"scenario", "variant", "forecast", "unit", "period", "mean", "sd", "mc_error", "p05", "p10", "p25", "p50", "p75",
         "p90", "p95", "mc_error_p50", "mc_error_p90", "budget", "p_over"}
STATISTICS = {"mean", "sd", "mc_error", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "mc_error_p50", "mc_error_p90",
              "budget", "p_over"}
FUNCTIONS = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "erf": math.erf, "gamma": math.gamma,
             "probit": statistics.NormalDist().inv_cdf, "min": min, "max": max}
OPERATORS = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
             ast.Div: lambda a, b: a / b, ast.Pow: lambda a, b: a**b}


def value_of(text):
    """Arithmetic only: the closed form stays visible in the test."""

    def visit(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](visit(node.left), visit(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -visit(node.operand)
        if isinstance(node, ast.Name) and node.id == "pi":
            return math.pi
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
            return float(FUNCTIONS[node.func.id](*map(visit, node.args)))
        raise Failure(f"`{text}` is more than arithmetic")

    try:
        return visit(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as broken:
        raise Failure(f"`{text}` cannot be read as a value") from broken


class Expectation:
    """One `//!` line about one number (or unit) of forecast.csv."""

    def __init__(self, line):
        self.line = line
        left, _, right = line.partition(" = ")
        words = re.findall(r'"[^"]*"|\S+', left)
        words = [word.strip('"') for word in words]
        if not right or len(words) < 2:
            raise Failure(f"cannot be read: //! {line}")
        self.forecast = words[0]
        self.unit = right.strip() if words[1:] == ["unit"] else None
        if self.unit is not None:
            return
        self.period = words[1]
        self.statistic = words[-1] if len(words) > 2 and words[-1] in STATISTICS else "mean"
        self.labels = words[2:-1] if len(words) > 2 and words[-1] in STATISTICS else words[2:]
        near = re.fullmatch(r"(.*?)\s+(?:(exactly)|within\s+(\S+?)(%|\s+se)?)", right.strip())
        if not near:
            raise Failure(f"says not how near (`exactly`, `within 4 se`, `within 0.1%`, `within 0.02`): //! {line}")
        self.value = value_of(near.group(1))
        self.exact = near.group(2) is not None
        self.width = None if self.exact else value_of(near.group(3))
        self.measure = (near.group(4) or "").strip()

    def margin(self, row, futures):
        if self.exact:
            return 0.0
        if self.measure == "%":
            return abs(self.value) * self.width / 100
        if self.measure == "":
            return self.width
        columns = {"mean": "mc_error", "p50": "mc_error_p50", "p90": "mc_error_p90"}
        if self.statistic in columns:
            return self.width * float(row[columns[self.statistic]])
        if self.statistic == "sd":
            return self.width * float(row["sd"]) / math.sqrt(2 * (futures - 1))
        if self.statistic == "p_over":
            return self.width * math.sqrt(max(self.value * (1 - self.value), 1 / futures) / futures)
        raise Failure(f"forecast.csv has no standard error of {self.statistic}; use `within ..%`: //! {self.line}")

    def fits_row(self, row, dimensions):
        if row["forecast"] != self.forecast or row["period"] != self.period or row["variant"] != "base":
            return False
        labels = [row[name] for name in dimensions if row[name] != ""]
        wanted = self.labels + ["all"] * (len(labels) - len(self.labels))
        return labels == wanted

    def verdict(self, rows, dimensions, futures):
        """What is wrong, or None."""
        if self.unit is not None:
            units = sorted({row["unit"] for row in rows if row["forecast"] == self.forecast})
            return None if units == [self.unit] else f"unit is {', '.join(units) or 'missing'}: //! {self.line}"
        found = [row for row in rows if self.fits_row(row, dimensions)]
        if len(found) != 1:
            return f"{len(found)} rows of forecast.csv fit: //! {self.line}"
        text = found[0][self.statistic]
        if text == "":
            return f"{self.statistic} is empty: //! {self.line}"
        actual = float(text)
        margin = self.margin(found[0], futures)
        if abs(actual - self.value) <= margin:
            return None
        return f"is {actual!r}, expected {self.value!r} within {margin!r}: //! {self.line}"


def settings_of(text):
    options = {"futures": "1000", "seed": "1"}
    data, rows, expectations = [], None, []
    for line in text.splitlines():
        if not line.lstrip().startswith("//!"):
            continue
        line = line.lstrip()[3:].strip()
        key, _, value = (part.strip() for part in line.partition("="))
        if key in options:
            options[key] = value
        elif key == "data":
            data += ["--data", value]
        elif key == "rows":
            rows = int(value)
        else:
            expectations.append(Expectation(line))
    if not expectations:
        raise Failure("expects no number: a conformance scenario needs at least one `//! FORECAST PERIOD = VALUE ...` line")
    return options, data, rows, expectations


def forecast_csv(path, horizon, options, data, more):
    with tempfile.TemporaryDirectory(prefix="horizon-conformance-") as place:
        command = [horizon, "run", path.name, "--futures", options["futures"], "--seed", options["seed"], "--out", f"{place}/out"]
        code, out, err = run(command + data + more, path.parent, environment(horizon))
        if code != 0:
            raise Failure(f"`horizon run` with {' '.join(more)} ended with {code}\n{out}{err}")
        return pathlib.Path(place, "out/forecast.csv").read_bytes()


def check(path, horizon, update):
    del update  # expectations are closed forms: nobody rewrites them from the program's own output
    options, data, rows_expected, expectations = settings_of(path.read_text(encoding="utf-8"))
    compiled = forecast_csv(path, horizon, options, data, ["--engine", "jit", "--threads", "2"])
    interpreted = forecast_csv(path, horizon, options, data, ["--engine", "interpreter", "--threads", "1"])
    if compiled != interpreted:
        raise Failure("the JIT on two threads and the interpreter on one gave different forecast.csv")
    reader = csv.DictReader(io.StringIO(compiled.decode("utf-8")))
    rows = list(reader)
    dimensions = [name for name in reader.fieldnames or [] if name not in FIXED]
    wrong = [expectation.verdict(rows, dimensions, int(options["futures"])) for expectation in expectations]
    wrong = [reason for reason in wrong if reason]
    if rows_expected is not None and len(rows) != rows_expected:
        wrong.append(f"{len(rows)} rows, expected {rows_expected}")
    if wrong:
        raise Failure("\n".join(wrong))
    return False


if __name__ == "__main__":
    sys.exit(main(__doc__, "*.hzn", check, "tests/conformance", skipped=("parse",)))
