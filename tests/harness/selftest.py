#!/usr/bin/env python3
"""The tests' tests: each runner and each tidy check must fail when something is wrong. Uses a small stand-in for the program."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tidy"), str(HERE.parent / "bench")]

import codes  # noqa: E402
import conformance  # noqa: E402
import docs  # noqa: E402
import instructions  # noqa: E402
import layering  # noqa: E402
import message_goldens  # noqa: E402
import pages  # noqa: E402
import program  # noqa: E402
import sizes  # noqa: E402
import transcripts  # noqa: E402

# Says what the scenario's `// say: JSON` comments tell it to, and forecasts what `// row:` comments hold.
STAND_IN = '''#!/usr/bin/env python3
import json, pathlib, re, sys
args = sys.argv[1:]
if not args: print("usage: horizon", file=sys.stderr); sys.exit(2)
name = next(a for a in args[1:] if a.endswith(".hzn"))
lines = pathlib.Path(name).read_text().splitlines()
errors = False
for number, line in enumerate(lines, 1):
    if "// say: " in line:
        message = json.loads(line.split("// say: ")[1])
        if message.pop("here", True): message |= {"path": name, "line": number}
        for note in message["notes"]: note["line"] = number + note.pop("away", 0); note["path"] = name
        errors |= message["severity"] == "error"
        print(json.dumps(message), file=sys.stderr)
    if "// raw: " in line: print(line.split("// raw: ")[1], file=sys.stderr)
    if "// exit: " in line: sys.exit(int(line.split("// exit: ")[1]))
if args[0] == "run" and not errors:
    out = pathlib.Path(args[args.index("--out") + 1]); out.mkdir(parents=True)
    rows = [line.split("// row: ")[1] for line in lines if "// row: " in line]
    if "interpreter" in args: rows += [line.split("// only interpreter: ")[1] for line in lines if "// only interpreter: " in line]
    (out / "forecast.csv").write_text("scenario,variant,forecast,unit,period,region,mean,sd,mc_error,p50,mc_error_p50\\n" + "".join(r + "\\n" for r in rows))
sys.exit(1 if errors else 0)
'''


def say(code="E0301", column=1, end=3, text="no", **more):
    message = {"code": code, "severity": "error" if code[0] == "E" else "warning", "column": column, "end": end,
               "message": text, "notes": []}
    return "// say: " + json.dumps(message | more)


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        self.horizon = self.root / "bin/horizon"
        self.write("bin/horizon", STAND_IN).chmod(0o755)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def fails(self, runner, path, reason):
        with self.assertRaises(program.Failure) as caught:
            runner.check(path, str(self.horizon), False)
        self.assertIn(reason, str(caught.exception))


class MessageGoldens(Folder):
    def test_right_expectation_passes(self):
        path = self.write("a.hzn", f"x = 1\n  //! E0301@1-3: no\n  y {say()}\n")
        self.assertFalse(message_goldens.check(path, str(self.horizon), False))

    def test_unexpected_missing_and_wrong_messages_fail(self):
        self.fails(message_goldens, self.write("a.hzn", f"x {say()}\n"), "+//! E0301@1-3: no")
        self.fails(message_goldens, self.write("a.hzn", "//! E0301@1-3: no\nx\n"), "-//! E0301@1-3: no")
        for wrong in ("E0302@1-3: no", "E0301@2-3: no", "E0301@1-4: no", "E0301@1-3: yes"):
            self.fails(message_goldens, self.write("a.hzn", f"//! {wrong}\nx {say()}\n"), "+//! E0301@1-3: no")
        self.fails(message_goldens, self.write("a.hzn", f"//! E0301@1-3: no\nx\ny {say()}\n"), "-x")

    def test_update_writes_what_then_passes(self):
        text = f"x\ny {say()}{say('W0302')[:0]}\nz {say('W0302', notes=[{'column': 4, 'end': 5, 'message': 'see', 'away': -1}])}"
        path = self.write("a.hzn", text)
        self.assertTrue(message_goldens.check(path, str(self.horizon), True))
        self.assertIn("//! W0302@1-3: no\n//! note -1@4-5: see\nz ", path.read_text())
        self.assertFalse(message_goldens.check(path, str(self.horizon), False))

    def test_mend_and_message_without_a_place(self):
        mend = {"message": "write x", "path": "a.hzn", "line": 1, "column": 2, "end": 2, "replacement": "x"}
        path = self.write("a.hzn", f"a {say(mend=mend)}\nb {say('E0901', here=False)}\n")
        message_goldens.check(path, str(self.horizon), True)
        self.assertTrue(path.read_text().startswith("//! E0901: no\n//! E0301@1-3: no\n//! help"), path.read_text())
        self.assertIn("write x => `x`", path.read_text())

    def test_a_file_named_for_a_code_must_cause_it(self):
        self.fails(message_goldens, self.write("E0400_x.hzn", f"//! E0301@1-3: no\nx {say()}\n"), "is named for E0400")

    def test_crash_broken_json_and_wrong_exit_code_fail(self):
        self.fails(message_goldens, self.write("a.hzn", "// exit: 4\n"), "ended with 4")
        self.fails(message_goldens, self.write("a.hzn", "// raw: {oops\n"), "not a JSON line")
        self.fails(message_goldens, self.write("a.hzn", "// exit: 1\n"), "no error among the messages")

    def test_empty_suite_fails(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(program.main("", "*.hzn", message_goldens.check, "x", [str(self.root / "bin")]), 1)
        self.assertIn("a suite without tests", said.getvalue())


class Transcripts(Folder):
    def test_session_passes(self):
        text = "--- a.hzn\nx // raw: took 12.5 ms\n---\n$ horizon check a.hzn\n! took {n} ms\n$ horizon\n! usage: {..}\nexit 2\n$ cat a.hzn\n> ...\n"
        self.assertFalse(transcripts.check(self.write("a.test", text), str(self.horizon), False))

    def test_wrong_output_or_exit_code_fails(self):
        self.fails(transcripts, self.write("a.test", "$ horizon\n! usage: {..}\n"), "+exit 2")
        self.fails(transcripts, self.write("a.test", "$ horizon\n! other\nexit 2\n"), "-! other")
        self.fails(transcripts, self.write("a.test", "$ echo 1\n"), "+> 1")
        self.fails(transcripts, self.write("a.test", "$ echo 1\n> 1\n> 2\n"), "-> 2")
        self.fails(transcripts, self.write("a.test", "$ printf 1\n> 1\n"), "{no line end}")
        self.fails(transcripts, self.write("a.test", "$ echo x1x\n> x{n}\n"), "+> x1x")

    def test_nothing_to_test_fails(self):
        self.fails(transcripts, self.write("a.test", "# only words\n"), "tests nothing")
        self.fails(transcripts, self.write("a.test", "> words\n"), "without a command")

    def test_update_keeps_holes_that_still_fit(self):
        path = self.write("a.test", "$ horizon\n! {..}\nexit 2\n$ echo 1\n> 2\n")
        self.assertTrue(transcripts.check(path, str(self.horizon), True))
        self.assertEqual(path.read_text(), "$ horizon\n! {..}\nexit 2\n$ echo 1\n> 1\n")


class Conformance(Folder):
    ROWS = "// row: a,base,cost,DKK,2027,R1,10.5,2,0.25,10,0.3\n// row: a,base,cost,DKK,2027,all,20,2,0.25,10,0.3\n"

    def scenario(self, *lines):
        return self.write("a.hzn", "".join(f"//! {line}\n" for line in lines) + self.ROWS)

    def test_expectations_that_hold(self):
        path = self.scenario("cost 2027 = 4 * 5 exactly", "cost 2027 R1 = 10 within 2.1 se", "cost 2027 R1 p50 = 10 exactly",
                             "cost 2027 = 20.1 within 1%", "cost 2027 all sd = 2 within 0.1", "cost unit = DKK", "rows = 2")
        self.assertFalse(conformance.check(path, str(self.horizon), False))

    def test_expectations_that_do_not(self):
        for line, reason in (("cost 2027 = 20.001 exactly", "is 20.0"), ("cost 2027 R1 = 10 within 1.9 se", "is 10.5"),
                             ("cost 2027 = 21 within 1%", "is 20.0"), ("cost 2028 = 1 exactly", "0 rows"),
                             ("cost 2027 R2 = 1 exactly", "0 rows"), ("cost unit = EUR", "unit is DKK"),
                             ("cost 2027 = 20", "how near"), ("cost 2027 = 1 + x exactly", "more than arithmetic")):
            self.fails(conformance, self.scenario(line), reason)
        self.fails(conformance, self.scenario("cost 2027 = 20 exactly", "rows = 3"), "2 rows, expected 3")
        self.fails(conformance, self.scenario("rows = 2"), "expects no number")

    def test_engines_that_differ_fail(self):
        path = self.scenario("cost 2027 = 20 exactly")
        path.write_text(path.read_text() + "// only interpreter: a,base,x,DKK,2027,R1,1,1,1,1,1\n")
        self.fails(conformance, path, "gave different forecast.csv")

    def test_closed_forms(self):
        self.assertAlmostEqual(conformance.value_of("100 * exp(-0.5) + probit(0.5) - 2**3"), 52.653065971, places=6)


class Pages(Folder):
    def test_examples_are_run(self):
        page = f"# E0301: x\n```hzn\na {say()}\n```\nand\n```hzn good\na\n```\n"
        self.assertFalse(pages.check(self.write("E0301.md", page), str(self.horizon), False))
        self.fails(pages, self.write("E0302.md", page), "does not cause E0302 but E0301")
        self.fails(pages, self.write("E0301.md", page.replace("hzn\n", "hzn good\n")), "is not clean")


class Tidy(Folder):
    def tree(self, **texts):
        for name, text in texts.items():
            self.write(name.replace("__", "/").replace("_cpp", ".cpp").replace("_hpp", ".hpp"), text)

    def layering(self, layers):
        return "\n".join(layering.problems(layers, self.root))

    LAYERS = {"base": {"kind": "base", "deps": []}, "compiler/ast": {"kind": "noun", "deps": ["base"]},
              "compiler/parse": {"kind": "verb", "deps": ["base", "compiler/ast"]},
              "compiler/sema": {"kind": "verb", "deps": ["base"]}}

    def test_layering(self):
        self.tree(base__a_hpp="", compiler__ast__ast_hpp='#include "base/a.hpp"\n',
                  compiler__parse__parse_cpp='#include <antlr4-runtime.h>\n#include "compiler/ast/ast.hpp"\n')
        self.assertEqual(self.layering(self.LAYERS), "")
        self.tree(compiler__sema__sema_cpp='#include "compiler/ast/ast.hpp"\n')
        self.assertIn("compiler/sema declares no edge to compiler/ast", self.layering(self.LAYERS))
        self.tree(compiler__sema__sema_cpp="#include <llvm/IR/Module.h>\n#include <boost/graph/graph_traits.hpp>\n#include <iostream>\n#include <fcntl.h>\n")
        said = self.layering(self.LAYERS)
        for part in ("confined to compiler/codegen/", "confined to compiler/depend/", "<iostream> belongs to", "<fcntl.h> belongs to"):
            self.assertIn(part, said)
        self.tree(compiler__sema__sema_cpp='#include "nowhere/x.hpp"\n', compiler__new__x_cpp="")
        self.assertIn("no file of ours", self.layering(self.LAYERS))
        self.assertIn("compiler/new: has sources but no add_layer()", self.layering(self.LAYERS))

    def test_layering_of_verbs_and_carried_headers(self):
        layers = json.loads(json.dumps(self.LAYERS))
        layers["compiler/sema"]["deps"] = ["base", "compiler/parse"]
        self.tree(compiler__parse__tokens_hpp="#include <antlr4-runtime.h>\n", compiler__parse__parse_hpp='#include "compiler/parse/tokens.hpp"\n',
                  compiler__sema__sema_cpp='#include "compiler/parse/parse.hpp"\n')
        said = self.layering(layers)
        self.assertIn("a verb may not use the verb compiler/parse", said)
        self.assertIn("keep that header private", said)

    def test_sizes(self):
        self.tree(base__long_hpp="\n" * 301, base__fits_hpp="\n" * 300)
        self.assertEqual(len(sizes.problems(self.root, {})), 1)
        self.assertEqual(sizes.problems(self.root, {"base/long.hpp": 301}), [])
        self.assertIn("lower its line", sizes.problems(self.root, {"base/long.hpp": 400})[0])
        self.assertIn("fits now", "\n".join(sizes.problems(self.root, {"base/long.hpp": 301, "base/fits.hpp": 400})))

    PAGE = "# E0301: x\n## An example that causes it\n```hzn\nx\n```\n## How to mend it\n"

    def codes(self, uncovered="", without="", page=PAGE, golden=""):
        self.write("compiler/diag/catalog.def", 'DIAG("E0301", NotKnown, Error, "x")\n')
        self.write("tests/tidy/uncovered_codes.txt", uncovered)
        self.write("tests/tidy/pages_without_example.txt", without)
        self.write("docs/diagnostics/E0301.md", page)
        self.write("tests/diag/a.hzn", golden)
        return "\n".join(codes.problems(self.root))

    def test_codes(self):
        self.assertEqual(self.codes(golden="  //! E0301@1-2: x\n"), "")
        self.assertIn("no test causes it", self.codes())
        self.assertIn("no test causes it", self.codes(golden="// speaks of E0301 only\n"))
        self.assertEqual(self.codes(uncovered="E0301\n"), "")
        self.assertIn("is tested now", self.codes(uncovered="E0301\n", golden="//! E0301@1-2: x\n"))
        self.assertIn("is no code", self.codes(uncovered="E0301\nE0999\n"))
        self.assertIn("has no part", self.codes(golden="//! E0301@1-2: x\n", page="# E0301: x\n```hzn\n```\n"))
        self.assertIn("has no ```hzn example", self.codes(page=self.PAGE.replace("```hzn", "```")))
        self.assertIn("has an example now", self.codes(without="E0301 # why\n"))
        self.write("docs/diagnostics/E0999.md", self.PAGE)
        self.assertIn("no such code", self.codes())

    def test_docs(self):
        self.write("docs/ARCHITECTURE.md", "bin/ docs/ base/ tests/ compiler/ [x](decisions/README.md)\n")
        self.write("docs/decisions/README.md", "")
        self.write("base/CMakeLists.txt", "")
        self.write("base/a.cpp", "")
        said = "\n".join(docs.problems(self.root))
        self.assertIn("says nothing of `base`", said)
        self.assertNotIn("README", said)
        self.write("docs/decisions/0001-x.md", "no date, [y](nowhere.md)")
        self.write("docs/decisions/Wrong.md", "2026-11-21")
        said = "\n".join(docs.problems(self.root))
        for part in ("has no date", "links to nowhere.md", "name it NNNN-title.md"):
            self.assertIn(part, said)


class Instructions(unittest.TestCase):
    def moved(self, now, before):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            return instructions.compare(now, before, 1.0), said.getvalue()

    def test_what_moves_is_named(self):
        self.assertEqual(self.moved({"a": 1009}, {"a": 1000, "b": 7})[0], [])
        self.assertIn("a: 1.10 % more", self.moved({"a": 1011}, {"a": 1000})[0][0])
        self.assertIn("a: 2.00 % fewer", self.moved({"a": 980}, {"a": 1000})[0][0])
        self.assertIn("not in baselines.json", self.moved({"a": 980}, {})[0][0])
        self.assertIn("-2.00 %", self.moved({"a": 980}, {"a": 1000})[1])

    def test_all_runs_and_baselines_are_used(self):
        used = {run for more, less, _ in instructions.MEASURES.values() for run in (more, less) if run}
        self.assertEqual(used, set(instructions.RUNS))
        kept = json.loads(instructions.BASELINES.read_text(encoding="utf-8"))
        self.assertEqual(list(kept["instructions"]), list(instructions.MEASURES))


if __name__ == "__main__":
    unittest.main()
