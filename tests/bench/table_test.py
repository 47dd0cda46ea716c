#!/usr/bin/env python3
"""tools/bench works as a whole: every part with hardly any work, beside stand-ins for the programs that it is compared with.

usage: table_test.py --horizon PROGRAM
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "tools" / "bench"
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from measure import aims, assembly, processes, products  # noqa: E402

# Says its phases as the expert's program does, and takes a tenth of a second.
STAND_IN = r'''
#include <chrono>
#include <cstdio>
#include <thread>
int main() {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::puts("load 0.01 pilot 0.02 sim 0.03 stats 0.05 total 0.11 s");
}
'''
horizon = ""


def bench(*arguments):
    return subprocess.run([sys.executable, str(BENCH), "--horizon", horizon, *arguments], capture_output=True, text=True)


def tables(markdown):
    """Rows of all tables, as lists of cells."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines() if line.startswith("| ")]


class Parts(unittest.TestCase):
    def test_every_part_gives_its_table(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("cpp_plain.cpp", "cpp_expert.cpp"):
                (pathlib.Path(folder) / name).write_text(STAND_IN, encoding="utf-8")
            (pathlib.Path(folder) / "common.hpp").write_text("", encoding="utf-8")
            (pathlib.Path(folder) / "gen_tables.py").write_text("", encoding="utf-8")
            done = bench("--quick", "--parts", "all", "--peers", folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("left out: NumPy", done.stderr)
        self.assertIn("left out: exact prototype", done.stderr)
        said = done.stdout
        for title in ("Against programs written by hand", "Two threads against one", "Compile time against size", "Memory", "A session", "Kernels", "Instructions",
                      "Roofline", "Time to precision", "What was aimed at"):
            self.assertEqual(said.count(f"\n## {title}\n"), 1, title)
        rows = tables(said)
        expert = [row for row in rows if row[0] == "expert C++"]
        self.assertEqual(len(expert), 3)   # W1, W1-100k, W2
        for row in expert:
            self.assertGreaterEqual(float(row[1].split()[0]), 0.1)
            self.assertTrue(row[6].startswith("0.100"), row)
        verdicts = [row for row in rows if row[-1] == "met" or row[-1].startswith("missed by a factor of ")]
        self.assertEqual(len(verdicts), 16, said)
        for row in verdicts:
            self.assertRegex(row[1], r"^at (most|least) [\d./]")
        self.assertRegex(said, r"\| on their way, copies come \| 32 \| (\d+\.\d|\(too few blocks had the core for themselves\)) \|")
        self.assertRegex(said, r"small.hzn, 2 what-ifs")
        self.assertIn("| equal to the separate run, byte for byte | 2 of 2 |", said)
        self.assertRegex(said, r"\| 100 \| \d\.\d{3} \(")
        lacking = re.search(r"\((x86-64-v3: )?left out: ([^)]*)\)", said.split("## Roofline")[1].split("\n## ")[0])
        self.assertTrue("times the bound" in said or lacking is not None, said)

    def test_what_is_unknown_is_refused(self):
        self.assertEqual(bench("--parts", "nonsense").returncode, 2)
        self.assertEqual(bench("--workloads", "W9").returncode, 2)

    def test_without_peers_the_rest_is_measured(self):
        done = bench("--quick", "--parts", "peers,counts", "--workloads", "W2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no --peers FOLDER", done.stderr)
        self.assertIn("| Horizon, machine code kept |", done.stdout)


class Pieces(unittest.TestCase):
    def test_ratios_are_of_the_same_round(self):
        ratio = processes.ratio([2.0, 9.0, 8.0], [1.0, 3.0, 2.0])
        self.assertEqual((ratio.median, ratio.low, ratio.high), (3.0, 2.0, 4.0))

    def test_a_failing_program_ends_the_bench(self):
        with self.assertRaises(SystemExit):
            processes.timed(["false"])

    def test_verdicts(self):
        def verdict(target, value, **more):
            return aims.verdict(aims.Aim("x", target, processes.spread([value]), **more))
        self.assertEqual(verdict(1.3, 1.3), "met")
        self.assertEqual(verdict(1.3, 2.6), "missed by a factor of 2")
        self.assertEqual(verdict(1.9, 2.0, at_least=True), "met")
        self.assertEqual(verdict(1.9, 0.95, at_least=True), "missed by a factor of 2")
        self.assertEqual(aims.shown(aims.Aim("x", 1 / 25, None, inverse=True), 1 / 25), "1/25")

    def test_products_are_the_same_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            a, b = (products.write(pathlib.Path(folder) / name, 1500).read_bytes() for name in "ab")
        self.assertEqual(a, b)
        lines = a.decode().splitlines()
        self.assertEqual(len(lines), 1501)
        self.assertEqual(len(set(lines)), 1501)

    def test_blocks_of_assembly(self):
        blocks, marked = assembly.read("\t.text\nf:\n\taddq %rax, %rbx\n\tjne .L1\n\tsubq %rax, %rbx\n.L1:\n\tretq\n\t.section .rodata\n.LC0:\n\t.quad 1\n")
        self.assertEqual([(b.function, b.label, len(b.instructions)) for b in blocks], [("f", "f", 2), ("f", "f", 1), ("f", ".L1", 1)])
        self.assertEqual(len(re.findall(r"^hz_\d+_\d+:$", marked, re.MULTILINE)), 4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizon", required=True)
    known, rest = parser.parse_known_args()
    horizon = known.horizon
    unittest.main(argv=[sys.argv[0], *rest])
