#!/usr/bin/env python3
"""Instructions of the bench scenarios, counted by callgrind and held against baselines.json: they repeat, times do not.

usage: instructions.py [--horizon build/release/horizon] [--update] [--only TEXT] [--keep FOLDER]

Programs run on one processor, in an environment of their own, with machine code for x86-64-v3 (valgrind knows no AVX-512). Kernels
come from a cache that was filled beforehand, except where machine code itself is counted: LLVM's work would hide all else. What one
future more costs is the difference of two runs with different numbers of futures.
Exit: 0 all within the tolerance, 1 something moved, 77 (with the reason) where the counts cannot be compared.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BASELINES = HERE / "baselines.json"
SKIPPED = 77
CPU = "x86-64-v3"
NEEDED_FLAGS = {"avx2", "fma", "bmi2", "f16c", "movbe"}
MADE_WITH = ("compiler", "llvm", "build_type")


def run_of(scenario, futures, *options, table=None, kept=True):
    data = ["--data", f"portfolio={table}"] if table else []
    return kept, ["run", scenario, *data, "--futures", str(futures), "--threads", "1", "--cpu", CPU, *options]


def portfolio(futures, *options, rows=50, kept=True):
    return run_of("portfolio.hzn", futures, *options, table=f"rows{rows}.csv", kept=kept)


def one_product(futures):
    return run_of("portfolio_120.hzn", futures, table="p1.csv")


def hospital(futures):
    return run_of("hospital/hospital.hzn", futures)


# Name: (machine code is kept from before, arguments of horizon). The longest come first.
RUNS = {
    "cold": portfolio(1024, kept=False),
    "hospital, more": hospital(512),
    "portfolio, more": portfolio(3072),
    "sobol, more": portfolio(3072, "--sampling", "sobol"),
    "one product, more": one_product(24576),
    "hospital": hospital(256),
    "1,000 products": portfolio(16, rows=1000),
    "portfolio": portfolio(1024),
    "sobol": portfolio(1024, "--sampling", "sobol"),
    "one product": one_product(8192),
    "check hospital": (True, ["check", "hospital/hospital.hzn"]),
    "check portfolio": (True, ["check", "portfolio.hzn", "--data", "portfolio=rows1000.csv"]),
}
# What is compared: (run, run that is taken off or None, number of units in between).
MEASURES = {
    "check: portfolio of 1,000 products": ("check portfolio", None, 1),
    "check: hospital scenario": ("check hospital", None, 1),
    "machine code: portfolio": ("cold", "portfolio", 1),
    "to the first futures: portfolio of 1,000 products": ("1,000 products", None, 1),
    "to the first futures: hospital scenario": ("hospital", None, 1),
    "1,000 futures: portfolio of 50 products": ("portfolio, more", "portfolio", 2.048),
    "1,000 futures: the same by sobol": ("sobol, more", "sobol", 2.048),
    "1,000 futures: hospital scenario": ("hospital, more", "hospital", 0.256),
    "1,000 futures: one product, 120 months": ("one product, more", "one product", 16.384),
}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def built_with(horizon):
    """What tests/bench/CMakeLists.txt wrote beside the program."""
    file = horizon.parent / "built.json"
    if not file.exists():
        skip(f"{file} is missing: nothing says how {horizon.name} was built")
    return json.loads(file.read_text(encoding="utf-8"))


def look_at_machine():
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed (tools/install brings it)")
    flags = set(re.findall(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)[0].split())
    if not NEEDED_FLAGS <= flags:
        skip(f"this processor is no {CPU}: it lacks {', '.join(sorted(NEEDED_FLAGS - flags))}")


def prepare(folder):
    """Scenarios and tables under short names of their own, so that no path of this machine is counted."""
    shutil.copy(HERE / "portfolio.hzn", folder)
    shutil.copy(HERE / "portfolio_120.hzn", folder)
    shutil.copy(HERE / "data" / "p1.csv", folder)
    shutil.copytree(ROOT / "scenarios" / "denmark" / "hospital", folder / "hospital")
    lines = (HERE / "data" / "portfolio.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for rows in (50, 1000):
        (folder / f"rows{rows}.csv").write_text("".join(lines[:rows + 1]), encoding="utf-8")


class Counter:
    def __init__(self, horizon, folder, keep):
        self.horizon, self.folder, self.keep = str(horizon), folder, keep
        self.processors = queue.SimpleQueue()   # a free one for each run
        for processor in sorted(os.sched_getaffinity(0)):
            self.processors.put(processor)
        self.jobs = self.processors.qsize()

    def call(self, before, arguments, cache):
        processor = self.processors.get()
        try:
            return subprocess.run(["taskset", "-c", str(processor)] + before + [self.horizon] + arguments, cwd=self.folder, capture_output=True,
                                  text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": ".", "HORIZON_CACHE": cache})
        finally:
            self.processors.put(processor)

    def must(self, done):
        if done.returncode != 0:
            sys.exit(f"exit {done.returncode}: {' '.join(done.args)}\n{done.stderr}")
        return done

    def fill_cache(self, name, arguments):
        self.must(self.call([], arguments + ["--out", "out/" + name], "cache"))

    def count(self, name, kept, arguments):
        running = arguments[0] == "run"
        out = ["--out", "out/" + name, "--stats"] if running else []
        profile = self.keep / f"{name.replace(', ', '-').replace(' ', '-')}.callgrind" if self.keep else "/dev/null"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--log-fd=1"]
        done = self.must(self.call(valgrind, arguments + out, "cache" if kept else "off"))
        collected = re.search(r"Collected : (\d+)", done.stdout)
        if collected is None:
            sys.exit(f"callgrind gave no count: {' '.join(done.args)}\n{done.stdout}\n{done.stderr}")
        if running:   # the count is worth something only if the run was what it should be
            wanted = "bytes, from the cache" if kept else "bytes, compiled from"
            if wanted not in done.stderr or not (self.folder / "out" / name / "forecast.csv").exists():
                sys.exit(f"{name}: `{wanted}` and a forecast.csv were expected\n{done.stderr}")
        return int(collected[1])


def counted(counter, names):
    """Instructions of each run."""
    with concurrent.futures.ThreadPoolExecutor(counter.jobs) as pool:
        fast = {key: value for key, value in RUNS.items() if key in names and value[0] and value[1][0] == "run"}   # 1/50 of the time below
        for done in [pool.submit(counter.fill_cache, name, arguments) for name, (_, arguments) in fast.items()]:
            done.result()
        waiting = {name: pool.submit(counter.count, name, *RUNS[name]) for name in RUNS if name in names}
        return {name: done.result() for name, done in waiting.items()}


def measured(counter, chosen):
    names = {run for measure in chosen for run in MEASURES[measure][:2] if run}
    counts = counted(counter, names)
    result = {}
    for measure in chosen:
        more, less, units = MEASURES[measure]
        result[measure] = round((counts[more] - (counts[less] if less else 0)) / units)
    return result


def compare(now, before, tolerance):
    """Prints every measure; what moved by more than the tolerance."""
    width = max(len(name) for name in now)
    print(f"{'millions of instructions':{width}}  {'baseline':>10}  {'now':>10}")
    moved = []
    for name, count in now.items():
        if name not in before:
            moved.append(f"{name}: not in {BASELINES.name} yet")
            print(f"{name:{width}}  {'-':>10}  {count / 1e6:10.2f}")
            continue
        change = 100 * (count / before[name] - 1)
        print(f"{name:{width}}  {before[name] / 1e6:10.2f}  {count / 1e6:10.2f}  {change:+6.2f} %")
        if abs(change) > tolerance:
            moved.append(f"{name}: {abs(change):.2f} % {'more' if change > 0 else 'fewer'} instructions than the baseline")
    return moved


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--horizon", type=pathlib.Path, default=ROOT / "build/release/horizon")
    parser.add_argument("--update", action="store_true", help="write what is counted now into baselines.json")
    parser.add_argument("--only", default="", help="only measures whose name holds this text")
    parser.add_argument("--keep", type=pathlib.Path, help="keep callgrind's profiles here, for callgrind_annotate")
    args = parser.parse_args()
    horizon = args.horizon.resolve()
    if not horizon.exists():
        parser.error(f"there is no {horizon}; build it with tools/build")
    chosen = [name for name in MEASURES if args.only in name]
    if not chosen:
        parser.error(f"no measure holds `{args.only}`; there are: {'; '.join(MEASURES)}")
    look_at_machine()
    kept = json.loads(BASELINES.read_text(encoding="utf-8"))
    made_with = {key: built_with(horizon)[key] for key in MADE_WITH}
    if not args.update and made_with != kept["made_with"]:
        skip(f"the baselines are of {kept['made_with']}, this program is of {made_with}: other compilers make other instructions")
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        args.keep = args.keep.resolve()

    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        prepare(pathlib.Path(folder))
        now = measured(Counter(horizon, pathlib.Path(folder), args.keep), chosen)
    moved = compare(now, kept["instructions"], kept["tolerance_percent"])
    print(f"{len(now)} measures in {time.monotonic() - start:.0f} s; tolerance {kept['tolerance_percent']} %")
    if args.update:
        kept["made_with"] = made_with
        kept["instructions"] = {name: now.get(name, kept["instructions"].get(name)) for name in MEASURES
                                if name in now or name in kept["instructions"]}
        BASELINES.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        print(f"written to {BASELINES.relative_to(ROOT)}")
        return
    if not moved:
        return
    print("\n" + "\n".join("MOVED  " + line for line in moved))
    print(f"""
Counts repeat, so this comes from a change of the program, the scenarios or a library it uses. Fewer is as much a change as more: an old
baseline would hide the next loss. To see where: --keep FOLDER here and with the program before, then callgrind_annotate on both.
To accept: tests/bench/instructions.py --horizon {os.path.relpath(horizon)} --update, and say why in the commit.""")
    sys.exit(1)


if __name__ == "__main__":
    main()
