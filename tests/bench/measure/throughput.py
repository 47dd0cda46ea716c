"""Roofline: what bounds the blocks of a scenario's kernels, by llvm-mca, and how far from that bound a run is."""
import os
import pathlib
import re
import shutil
import subprocess

from . import assembly, counting, processes
from .setting import DATA, PORTFOLIO

FEW = 16
MODEL = "icelake-server"   # llvm 19 knows its divider; its later models leave that out


def missing(tools):
    return [tool for tool in tools if shutil.which(tool) is None]


def run_command(setting, cpu, futures):
    return setting.run(PORTFOLIO, DATA / "portfolio.csv", futures, "--threads", "1", "--cpu", cpu)


def load(setting, cpu):
    emit = [setting.horizon, "emit", "--stage=asm", "--cpu", cpu, str(PORTFOLIO), "--data", f"portfolio={DATA / 'portfolio.csv'}"]
    code = assembly.Code(subprocess.run(emit, capture_output=True, text=True, check=True).stdout, pathlib.Path(setting.folder))
    assembly.estimate(code.blocks, MODEL)
    return code


def warm(setting, command):
    environment = {"HORIZON_CACHE": str(setting.folder / "cache")}
    processes.timed(command, environment)
    return environment


def name_of(block):
    return f"{block.function}{'' if block.label == block.function else ' ' + block.label}"


def short(function):
    """A C++ name without its arguments."""
    return re.sub(r"(?<=\w)\(.*", "", function.replace("(anonymous namespace)::", ""))


def by_samples(setting, cpu, futures):
    """Where the time goes, block by block, beside what bounds the block."""
    code, command = load(setting, cpu), run_command(setting, cpu, futures)
    kernels, others = counting.sampled(command, warm(setting, command), pathlib.Path(setting.folder))
    base = code.base(kernels)
    if base is None:
        return f"{cpu}: (left out: the samples do not lie in the kernels that `horizon emit` shows)"
    for address, count in kernels.items():
        if 0 <= address - base < code.size:
            code.at(address - base).samples += count
    all_samples = sum(kernels.values()) + sum(others.values())
    share = lambda n: f"{100 * n / all_samples:.1f} %"
    blocks = sorted((b for b in code.blocks if b.samples), key=lambda b: -b.samples)
    rows = [[name_of(b), share(b.samples), len(b.instructions), f"{b.ports:.1f}", b.busiest, f"{b.chain:.1f}"] for b in blocks[:setting.sizes.blocks]]
    by_function = {}
    for b in code.blocks:
        by_function[b.function] = by_function.get(b.function, 0) + b.samples
    places = [(f"kernels: {name}", count) for name, count in by_function.items()] + list(others.items())
    places = sorted((p for p in places if p[1] > 0.005 * all_samples), key=lambda p: -p[1])
    head = ["block", "samples", "instructions", "cycles of the busiest port", "which", "cycles a round, if repeated"]
    where = processes.table(["where", "samples"], [[short(name), share(count)] for name, count in places])
    return (f"{cpu}, {futures:,} futures, one thread, machine code kept: {all_samples:,} samples (perf)\n\n{where}\n\n"
            + processes.table(head, rows))


def by_counts(setting, cpu, futures):
    """How often every block is executed (exact), so that the ports' bound of the whole can be held beside the time."""
    code, command = load(setting, cpu), run_command(setting, cpu, futures)
    environment = warm(setting, command)
    counts = counting.executed(command, environment, pathlib.Path(setting.folder))
    base = code.base(counts)
    if base is None:
        return f"{cpu}: (left out: the instructions counted do not lie in the kernels that `horizon emit` shows)"
    for block in code.blocks:
        block.executions = counts.get(base + block.first, 0)
    cycles = {id(b): b.executions * b.ports for b in code.blocks}
    bound = sum(cycles.values())
    ghz = counting.clock_ghz(pathlib.Path(setting.folder))
    few = run_command(setting, cpu, FEW)
    samples = processes.in_turn({"all": (command, environment), "few": (few, environment)}, 7)
    least = {key: min(sample.processor for sample in kept) for key, kept in samples.items()}
    seconds = (least["all"] - least["few"]) * futures / (futures - FEW)
    blocks = sorted(code.blocks, key=lambda b: -cycles[id(b)])
    rows = [[name_of(b), f"{b.executions:,}", len(b.instructions), f"{b.ports:.1f}", b.busiest, f"{b.chain:.1f}", f"{100 * cycles[id(b)] / bound:.1f} %"]
            for b in blocks[:setting.sizes.blocks]]
    rows.append(["all blocks", "", "", "", "", "", f"{bound / 1e6:,.0f} million cycles"])
    head = ["block", "executions", "instructions", "cycles of the busiest port", "which", "cycles a round, if repeated", "of the ports' bound"]
    return (f"{cpu}, {futures:,} futures, one thread: the kernels' blocks, executions by callgrind\n\n{processes.table(head, rows)}\n\n"
            f"The core runs at {ghz:.2f} GHz (a chain of multiplications), so the ports' bound is {bound / ghz / 1e6:.1f} ms. What the futures take "
            f"is {1e3 * seconds:.1f} ms of processor time (best of 7, less those of a run of {FEW} futures), statistics and all: "
            f"{seconds * ghz * 1e9 / bound:.2f} times the bound.")


def roofline(setting):
    """On one core: then machine code is one object, laid out as `horizon emit` shows it."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return on_one_core(setting)
    finally:
        os.sched_setaffinity(0, cores)


def on_one_core(setting):
    lacking = missing(assembly.TOOLS)
    if lacking:
        return f"(left out: {', '.join(lacking)} not installed; apt-get install llvm-19)"
    futures = setting.sizes.w1
    parts = [f"llvm-mca 19, `-mcpu={MODEL}`, on the blocks of `horizon emit --stage=asm` of the portfolio"]
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    for cpu, flag, tool, make, number in (("x86-64-v4", "avx512f", "perf", by_samples, futures),
                                          ("x86-64-v3", "avx2", "valgrind", by_counts, max(futures // 10, 64))):
        if flag not in flags:
            parts.append(f"({cpu}: left out: this machine has no {flag})")
        elif missing([tool]):
            parts.append(f"({cpu}: left out: {tool} is not installed)")
        else:
            try:
                parts.append(make(setting, cpu, number))
            except subprocess.CalledProcessError as error:   # perf may be forbidden here; valgrind runs no program with sanitizers
                parts.append(f"({cpu}: left out: {tool} failed: {(error.stderr or b'').decode().strip().splitlines()[-1:]})")
    return "\n\n".join(parts)
