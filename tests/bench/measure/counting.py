"""Where a run spends its time (perf) and how often each instruction of its kernels is executed (callgrind)."""
import collections
import os
import re
import subprocess

CLOCK = r"""
#include <cstdio>
#include <ctime>
int main() {   // a chain of multiplications, each waiting 3 cycles for the one before: how fast does this core run?
  unsigned long x = 3;
  const std::clock_t start = std::clock();
  for (int i = 0; i < 20000000; ++i) asm volatile("imul %0,%0\n imul %0,%0\n imul %0,%0\n imul %0,%0" : "+r"(x));
  std::printf("%.4f\n", 0.24 * CLOCKS_PER_SEC / static_cast<double>(std::clock() - start));
}
"""


def clock_ghz(folder):
    """Cycles of a core in a nanosecond of processor time; the best of three."""
    source = folder / "clock.cpp"
    source.write_text(CLOCK, encoding="utf-8")
    subprocess.run(["g++", "-O1", str(source), "-o", str(folder / "clock")], check=True)
    return max(float(subprocess.run([str(folder / "clock")], capture_output=True, text=True, check=True).stdout) for _ in range(3))


def sampled(command, environment, folder):
    """(samples by address in code without a file, samples by function elsewhere)."""
    profile = str(folder / "perf.data")
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "4000", "-o", profile, "--", *command], check=True, capture_output=True,
                   env={**os.environ, **environment})
    said = subprocess.run(["perf", "script", "-i", profile, "-F", "ip,sym,dso"], check=True, capture_output=True).stdout.decode(errors="replace")
    kernels, others = collections.Counter(), collections.Counter()
    for line in said.splitlines():
        found = re.match(r"^\s*([0-9a-f]+) (.*) \((.*)\)$", line)
        if found is None:
            continue
        address, symbol, place = found.groups()
        if place.startswith(("//anon", "[JIT]", "[unknown]", "/tmp/perf-", "anon_inode")) or (symbol == "[unknown]" and not place.startswith("/")):
            kernels[int(address, 16)] += 1
        else:
            others["(the system)" if place.startswith("[") else symbol] += 1
    return kernels, others


def executed(command, environment, folder):
    """Executions by address of an instruction, in code without a file."""
    profile = folder / "callgrind.out"
    subprocess.run(["valgrind", "--tool=callgrind", "--dump-instr=yes", "--dump-line=no", "--compress-pos=no", "--compress-strings=no",
                    f"--callgrind-out-file={profile}", *command], check=True, capture_output=True, env={**os.environ, **environment})
    counts, anonymous, skip = collections.Counter(), False, False
    with open(profile, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("ob="):
                anonymous = line.strip() in ("ob=???", "ob=")
            elif line.startswith("calls="):
                skip = True   # the next line holds what the called function took
            elif line.startswith("0x"):
                if anonymous and not skip:
                    fields = line.split()
                    counts[int(fields[0], 16)] += int(fields[-1])
                skip = False
    return counts
