"""A scenario that stays open: what an edit and many what-ifs cost (docs/examples/session.cpp)."""
import pathlib
import re
import sys

from . import processes
from .aims import Aim
from .processes import spread
from .setting import ROOT


def number(said, pattern):
    found = re.search(pattern, said)
    if found is None:
        sys.exit(f"example_session did not say `{pattern}`:\n{said}")
    return float(found[1])


def session(setting):
    program = pathlib.Path(setting.horizon).parent / "tests" / "api" / "example_session"
    if not program.exists():
        return f"(left out: there is no {program}; `tools/build` makes it)"
    edited = ROOT / setting.sizes.edited
    scenario = str(edited) if edited.exists() else setting.sizes.edited
    said = processes.timed([str(program), scenario, str(setting.sizes.what_ifs)]).said
    median = number(said, r"median ([\d.]+) ms")
    mean = number(said, r"mean ([\d.]+) ms")
    separate = number(said, r"separate runs ([\d.]+) ms")
    setting.aims.append(Aim("an edit in a process that stays, to new results at 1,000 futures, processor time", 100, spread([median]), unit="ms"))
    setting.aims.append(Aim("what-ifs through one session, to separate runs", 1 / 10, spread([mean / separate]), inverse=True))
    what_ifs = number(said, r"(\d+) what-ifs")
    rows = [["one edit to new results: median", f"{median:.1f} ms"],
            ["9 of 10 edits below", f"{number(said, r'9 of 10 below ([0-9.]+) ms'):.1f} ms"],
            ["mean", f"{mean:.1f} ms"],
            ["a separate run", f"{separate:.1f} ms"],
            ["times that LLVM compiled, the first included", f"{number(said, r'LLVM compiled ([0-9]+)'):.0f}"],
            ["equal to the separate run, byte for byte", f"{number(said, r'([0-9]+) of [0-9]+ equal'):.0f} of {what_ifs:.0f}"]]
    return f"{setting.sizes.edited}, {what_ifs:.0f} what-ifs at 1,000 futures\n\n" + processes.table(["processor time", ""], rows)
