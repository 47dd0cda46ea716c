#!/usr/bin/env python3
"""Writes runtime/rng/constants.cpp and runtime/rng/vecmath_constants.hpp: every constant of the mathematics of draws.

Only Python's standard library; decimal arithmetic of 60 digits, each constant rounded once to the nearest double.
Usage, from the root of the repository: tools/dev/make_rng_constants.py
"""

import decimal
import math
import struct
from decimal import Decimal as D

decimal.getcontext().prec = 70
COEFFICIENTS = 12
TAYLOR = 40
DEPTHS = 52


def arctan_inverse(n):
    total, power, k = D(0), D(1) / n, 0
    while abs(power) > D(10) ** -75:
        total += (power if k % 2 == 0 else -power) / (2 * k + 1)
        power /= n * n
        k += 1
    return total


PI = 16 * arctan_inverse(5) - 4 * arctan_inverse(239)
LN2 = D(2).ln()


def cosine(x):
    total, term, k = D(0), D(1), 0
    while abs(term) > D(10) ** -75:
        total += term
        k += 2
        term *= -x * x / (k * (k - 1))
    return total


def to_double(x):
    """Nearest double: float() of a decimal string rounds correctly."""
    return float(x)


def literal(x):
    return to_double(x).hex()


def nodes(count, low, high):
    return [(low + high) / 2 + (high - low) / 2 * cosine((2 * i + 1) * PI / (2 * count)) for i in range(count)]


def interpolate(xs, ys):
    """Coefficients, lowest first, of the polynomial through the points (Newton's divided differences)."""
    n = len(xs)
    table = list(ys)
    for level in range(1, n):
        for i in range(n - 1, level - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (xs[i] - xs[i - level])
    result = [D(0)] * n
    for i in range(n - 1, -1, -1):
        shifted = [D(0)] + result[:-1]
        result = [s - xs[i] * r for s, r in zip(shifted, result)]
        result[0] += table[i]
    return result


def fit(function, count, low, high):
    xs = nodes(count, D(low), D(high))
    return interpolate(xs, [function(x) for x in xs])


def normal_upper(z):
    """P(Z > z) for z >= 0 and the density there."""
    density = (-z * z / 2).exp() / (2 * PI).sqrt()
    total, term, k = D(0), z, 1
    while abs(term) > D(10) ** -68:
        total += term
        k += 2
        term *= z * z / k
    return D(1) / 2 - density * total, density


def normal_depth(w, guess):
    """z > 0 with P(Z > z) = w, by Halley's rule from a guess."""
    z = guess
    for _ in range(40):
        tail, density = normal_upper(z)
        error = (tail - w) / density
        step = error / (1 - z * error / 2)
        z += step
        if abs(step) < D(10) ** -40:
            return z
    raise AssertionError("no convergence")


def normal_table():
    rows = []
    guess = D("0.4")
    for depth in range(DEPTHS):
        ts = nodes(COEFFICIENTS, D("-0.5"), D("0.5"))
        order = sorted(range(COEFFICIENTS), key=lambda i: -ts[i])
        zs = [None] * COEFFICIENTS
        for i in order:  # w falls, z grows: each solution starts the next
            w = (ts[i] + D("1.5")) * D(2) ** -(depth + 2)
            guess = normal_depth(w, guess)
            zs[i] = guess
        rows.append([-c for c in interpolate(ts, zs)])
    return rows


def cut(x, bits):
    """The leading bits of x: multiplied by a small integer it stays exact."""
    mantissa, exponent = to_double(x).hex().split("p")
    value = D(int(mantissa[2] + mantissa[4:], 16))
    total = 53 - bits
    value = (value / 2**total).to_integral_value(decimal.ROUND_FLOOR) * 2**total
    return value * D(2) ** (int(exponent) - 52)


def less_steps(x, i):
    """The double whose bits are those of x less i 2^48."""
    return struct.unpack("<d", struct.pack("<q", struct.unpack("<q", struct.pack("<d", x))[0] - (i << 48)))[0]


def write_array(out, name, values, comment):
    out.write(f"/// {comment}\ninline constexpr double {name}[{len(values)}] = {{\n")
    for v in values:
        out.write(f"    {literal(v)},\n")
    out.write("};\n")


def write_vecmath(path):
    exp_tail = fit(lambda r: D(1) / 2 if r == 0 else (r.exp() - 1 - r) / (r * r), 10, -LN2 / 2, LN2 / 2)
    steps = [D(2) ** (D(i) / 16) for i in range(16)]
    # The greatest |r^2 (r - r1) .. (r - r5)|, which the error follows, is least for these points
    points = [LN2 / 32 * x for x in (D("-0.9674"), D("-0.683"), D(0), D("0.683"), D("0.9674"))]
    exp_step = interpolate(points, [sum((r**k if k else D(1)) / math.factorial(k + 2) for k in range(40)) for r in points])
    # atanh(s) / s = 1 + z A(z), z = s^2; z up to ((sqrt 2 - 1) / (sqrt 2 + 1))^2
    ratio = (D(2).sqrt() - 1) / (D(2).sqrt() + 1)

    def series(z, first):
        total, power, k = D(0), D(1), first
        while power > D(10) ** -75:
            total += power * 2 / k
            power *= z
            k += 2
        return total

    log3 = fit(lambda z: series(z, 3), 8, 0, ratio * ratio)
    log5 = fit(lambda z: series(z, 5), 8, 0, ratio * ratio)
    ln2_exp = cut(LN2, 32)
    ln2_log = cut(LN2, 41)
    with open(path, "w") as out:
        out.write("#pragma once\n// Made by tools/dev/make_rng_constants.py; do not edit.\n// clang-format off\n\nnamespace horizon::rng::vecmath {\n\n")
        for name, value, comment in [
            ("kLog2E", 1 / LN2, "1 / ln 2"),
            ("kLn2ExpHigh", ln2_exp, "leading 32 bits of ln 2, and the rest"),
            ("kLn2ExpLow", LN2 - ln2_exp, "ln 2 - kLn2ExpHigh"),
            ("kStepsPerE", 16 / LN2, "16 / ln 2"),
            ("kLn2LogHigh", ln2_log, "leading 41 bits of ln 2, and the rest"),
            ("kLn2LogLow", LN2 - ln2_log, "ln 2 - kLn2LogHigh"),
            ("kLn2", LN2, "ln 2"),
            ("kTwoThirdsHigh", D(2) / 3, "2/3, and what its double lacks"),
            ("kTwoThirdsLow", D(2) / 3 - D(to_double(D(2) / 3)), "2/3 - kTwoThirdsHigh"),
            ("kSqrt2", D(2).sqrt(), "square root of 2"),
            ("kHalfLn2Pi", (2 * PI).ln() / 2, "ln(2 pi) / 2"),
            ("kInverseSqrt2Pi", 1 / (2 * PI).sqrt(), "1 / sqrt(2 pi)"),
        ]:
            out.write(f"inline constexpr double {name} = {literal(value)};  ///< {comment}\n")
        write_array(out, "kExpTail", exp_tail, "(e^r - 1 - r) / r^2 on |r| <= ln(2)/2")
        write_array(out, "kExpStepTail", exp_step, "(e^r - 1 - r) / r^2 on |r| <= ln(2)/32")
        out.write("/// By i: the bits of 2^(i/16) / 2, less i 2^48: adding (16 k + i) 2^48 gives 2^(k + i/16) / 2.\nalignas(64) inline constexpr double kExpSteps[16] = {\n")
        for i, x in enumerate(steps):
            out.write(f"    {less_steps(to_double(x) / 2, i).hex()},\n")
        out.write("};\n")
        write_array(out, "kLogFromCube", log3, "ln((1+s)/(1-s)) = 2 s + s^3 P(s^2)")
        write_array(out, "kLogFromFifth", log5, "ln((1+s)/(1-s)) = 2 s + 2/3 s^3 + s^5 P(s^2)")
        out.write("\n}  // namespace horizon::rng::vecmath\n")


def write_constants(path):
    flat = [D(0)] * 1024
    for depth, row in enumerate(normal_table()):
        for i, value in enumerate(row):
            flat[(depth // 16) * 192 + i * 16 + depth % 16] = value
    ts = nodes(COEFFICIENTS, D("-0.5"), D("0.5"))
    logs = [((t + D("1.5")) / D(2).sqrt()).ln() for t in ts]
    columns = [interpolate(ts, [h**j if j else D(1) for h in logs]) for j in range(TAYLOR)]
    with open(path, "w") as out:
        out.write('// Made by tools/dev/make_rng_constants.py; do not edit.\n// clang-format off\n#include "runtime/rng/constants.hpp"\n\n')
        out.write("namespace horizon::rng {\n\nalignas(64) const double kNormalInverse[kNormalInverseSize] = {\n")
        for start in range(0, 1024, 4):
            out.write("    " + " ".join(literal(v) + "," for v in flat[start : start + 4]) + "\n")
        out.write("};\n\nalignas(64) const double kSeriesToPolynomial[12][kTaylorTerms] = {\n")
        for i in range(COEFFICIENTS):
            out.write("    {\n")
            for start in range(0, TAYLOR, 4):
                out.write("        " + " ".join(literal(columns[j][i]) + "," for j in range(start, start + 4)) + "\n")
            out.write("    },\n")
        out.write("};\n\n}  // namespace horizon::rng\n")


if __name__ == "__main__":
    write_vecmath("runtime/rng/vecmath_constants.hpp")
    write_constants("runtime/rng/constants.cpp")
