"""The instruction counts that the tests hold (tests/bench/baselines.json), as a table."""
import json

from . import processes
from .setting import HERE


def counts(_):
    kept = json.loads((HERE / "baselines.json").read_text(encoding="utf-8"))
    rows = [[name, f"{count / 1e6:,.1f}"] for name, count in kept["instructions"].items()]
    made = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in kept["made_with"].items())
    return f"callgrind, `--cpu x86-64-v3`, one thread; {made}\n\n" + processes.table(["what", "million instructions"], rows)
