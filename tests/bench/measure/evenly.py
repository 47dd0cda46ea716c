"""Time to precision: what futures of `--sampling sobol` are worth, by tests/bench/precision.py."""
import re
import subprocess
import sys

from .aims import Aim
from .processes import Spread
from .setting import DATA, HERE, PORTFOLIO, PORTFOLIO_120

# Plain futures that one future of sobol is worth.
TARGETS = {"W1": {"mean": 74, "p50": 3.5, "p90": 1.5}, "W2": {"mean": 2400, "p50": 23, "p90": 9}}


def precision(setting):
    parts = []
    for name, scenario, table in (("W1", PORTFOLIO, DATA / "portfolio.csv"), ("W2", PORTFOLIO_120, DATA / "p1.csv")):
        command = [sys.executable, str(HERE / "precision.py"), "--horizon", setting.horizon, str(scenario), "--data", f"portfolio={table}",
                   *setting.sizes.precision]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for statistic, target in TARGETS[name].items():
            found = re.search(rf"^\| {statistic} \|[^|]*\| ([\d.e+]+), ([\d.e+]+), ([\d.e+]+) \|", said, re.MULTILINE)
            if found is None:
                sys.exit(f"precision.py did not tell of {statistic}:\n{said}")
            low, median, high = map(float, found.groups())
            setting.aims.append(Aim(f"{name}: plain futures that a sobol future is worth, {statistic} (median and range of the years)", target,
                                    Spread(median, low, high), at_least=True))
        parts.append(f"{name}: {said.strip()}")
    return "\n\n".join(parts)
