"""The machine that a table was made on, in a few lines of Markdown."""
import datetime
import os
import pathlib
import re
import subprocess


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def field(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def caches():
    """`L1d 48 KiB, L2 2 MiB, ...` of the first core."""
    kept = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            kept.append(f"L{level} {size}")
    return ", ".join(kept) or "caches unknown"


def describe(root, horizon):
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = field(info, r"^flags\s*:(.*)$").split()
    level = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    virtual = ", a virtual machine" if "hypervisor" in flags else ""
    memory = int(field(pathlib.Path("/proc/meminfo").read_text(), r"^MemTotal:\s*(\d+)")) / 1048576
    system = field(pathlib.Path("/etc/os-release").read_text(), r'^PRETTY_NAME="(.*)"$')
    commit = first_line(["git", "-C", str(root), "describe", "--always", "--dirty"])
    model, family, number = (field(info, rf"^{name}\s*:(.*)$") for name in ("model name", "cpu family", "model"))
    cores = len(os.sched_getaffinity(0))
    return (f"{cores} cores of {model} (family {family}, model {number}, {level}{virtual}; {caches()}), {memory:.0f} GiB, {system}, "
            f"kernel {os.uname().release}.\n{first_line([horizon, '--version'])} at commit {commit}, {first_line(['g++', '--version'])}. "
            f"{datetime.date.today()}; load of the last minute at the start: {os.getloadavg()[0]:.1f} (0 is a quiet machine).")
