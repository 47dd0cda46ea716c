"""Programs run to their end, measured from outside; spreads and ratios of what was measured; Markdown."""
import dataclasses
import json
import os
import re
import statistics
import subprocess
import sys
import time


@dataclasses.dataclass
class Sample:
    seconds: float      # wall clock, whole process
    processor: float    # seconds of all its threads, in the program and in the system for it
    peak_mib: float
    said: str           # stdout and stderr

    def json_line(self, kind):
        """What Horizon says under --time or --stats with --message-format json."""
        for line in self.said.splitlines():
            if line.startswith("{") and f'"type":"{kind}"' in line:
                return json.loads(line)
        sys.exit(f"the program did not say its {kind}:\n{self.said}")

    def phase(self, *names):
        """Seconds of phases of a peer that names them, as in `load 0.0026 setup 0.0022 sim 0.08`; None if it does not."""
        said = dict(re.findall(r"(\w+) (\d+\.\d+)", self.said))
        return sum(float(said[name]) for name in names) if all(name in said for name in names) else None


def timed(command, environment=None):
    """One process, which must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
    with process.stdout as pipe:
        said = pipe.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)   # Popen.wait would not tell what it used
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{said}")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def in_turn(programs, rounds):
    """Samples of each program: every round runs all of them once, so that a noisy minute hits all alike. `programs`: label to
    (command, environment)."""
    samples = {label: [] for label in programs}
    for _ in range(rounds):
        for label, (command, environment) in programs.items():
            samples[label].append(timed(command, environment))
    return samples


@dataclasses.dataclass
class Spread:
    median: float
    low: float
    high: float

    def text(self, digits=2):
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def spread(values):
    values = list(values)
    return Spread(statistics.median(values), min(values), max(values))


def ratio(ours, theirs):
    """Of values that were measured in the same rounds, each pair by itself."""
    return spread(a / b for a, b in zip(ours, theirs, strict=True))


def seconds_of(samples):
    return [sample.seconds for sample in samples]


def table(head, rows):
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
