"""What was aimed at beside what was measured: the table at the end."""
import dataclasses

from . import processes


@dataclasses.dataclass
class Aim:
    what: str
    target: float
    measured: processes.Spread
    unit: str = ""           # "ms"; empty: a ratio
    at_least: bool = False
    inverse: bool = False    # shown as 1/x of the other's time


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def shown(aim, value):
    if aim.inverse:
        return f"1/{number(1 / value)}"
    return number(value) + (" " + aim.unit if aim.unit else "")


def verdict(aim):
    miss = aim.target / aim.measured.median if aim.at_least else aim.measured.median / aim.target
    return "met" if miss <= 1 else f"missed by a factor of {number(miss)}"


def table(aims):
    rows = []
    for aim in aims:
        m = aim.measured
        around = "" if m.low == m.high else f" ({shown(aim, m.low)} to {shown(aim, m.high)})"
        bound = "at least" if aim.at_least else "at most"
        rows.append([aim.what, f"{bound} {shown(aim, aim.target)}", shown(aim, m.median) + around, verdict(aim)])
    return processes.table(["what", "aimed at", "measured: median (range)", ""], rows)
