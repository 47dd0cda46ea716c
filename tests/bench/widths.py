#!/usr/bin/env python3
"""One processor level: the same bytes as the interpreter, from registers of its width. Exit 77: this machine lacks it.

usage: widths.py --horizon PROGRAM --cpu x86-64|x86-64-v3|x86-64-v4
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Registers that the level has, and those that only a wider one has.
REGISTERS = {"x86-64": ("%xmm", "%[yz]mm"), "x86-64-v3": ("%ymm", "%zmm"), "x86-64-v4": ("%zmm", None)}
SKIPPED = 77


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizon", required=True)
    parser.add_argument("--cpu", required=True, choices=REGISTERS)
    args = parser.parse_args()
    scenario = str(HERE / "portfolio.hzn")
    table = ["--data", f"portfolio={HERE / 'data' / 'portfolio.csv'}"]
    with tempfile.TemporaryDirectory() as folder:
        def run(name, *options):
            out = pathlib.Path(folder) / name
            done = subprocess.run([args.horizon, "run", scenario, *table, "--futures", "500", "--out", str(out), *options],
                                  capture_output=True, text=True)
            return done, (out / "forecast.csv").read_bytes() if done.returncode == 0 else b""

        done, ours = run("jit", "--cpu", args.cpu, "--threads", "2")
        if done.returncode == 3 and args.cpu in done.stderr:
            print(f"skipped: {done.stderr.strip().splitlines()[-1]}")
            sys.exit(SKIPPED)
        if done.returncode != 0:
            sys.exit(f"exit {done.returncode}\n{done.stderr}")
        for threads in ("1", "3"):
            if run(f"threads{threads}", "--cpu", args.cpu, "--threads", threads)[1] != ours:
                sys.exit(f"--threads {threads} gives other bytes")
        if run("interpreter", "--engine", "interpreter")[1] != ours:
            sys.exit("the interpreter gives other bytes")
        assembly = subprocess.run([args.horizon, "emit", "--stage=asm", "--cpu", args.cpu, scenario, *table], capture_output=True, text=True)
        if assembly.returncode != 0:
            sys.exit(f"emit: exit {assembly.returncode}\n{assembly.stderr}")
    has, lacks = REGISTERS[args.cpu]
    if not re.search(has, assembly.stdout):
        sys.exit(f"no {has} in the assembly")
    if lacks and re.search(lacks, assembly.stdout):
        sys.exit(f"{lacks} in the assembly")
    print(f"{args.cpu}: the same bytes on 1, 2 and 3 threads and by the interpreter; {has} in the assembly")


if __name__ == "__main__":
    main()
