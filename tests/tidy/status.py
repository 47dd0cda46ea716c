#!/usr/bin/env python3
"""docs/language/status.md is what compiler/sema/not_built.def says. `status.py --update` writes it."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r'^NOT_BUILT\((\w+),\s*"((?:[^"\\]|\\.)*)"', re.MULTILINE)

HEAD = """# What is not built yet

The whole language is read, but some of it has no meaning yet in this version. Whatever stands in the list below gets one error, E0701, at its place, and
the scenario does not run: nothing is ever left out of a forecast silently. All else in [the language](README.md) is built.

`variant` and `test` blocks of a scenario are read, and the paths, names, units and types in them are checked. They are not run yet: one warning, W0701, says
so, and the forecast is that of the scenario as it stands.

This page is written from `compiler/sema/not_built.def` by `tests/tidy/status.py --update`; a test compares them.

"""


def page(definitions):
    names = [name.replace('\\"', '"') for _, name in ROW.findall(definitions)]
    return HEAD + "".join(f"- {name}\n" for name in names)


def main(update):
    target = ROOT / "docs/language/status.md"
    wanted = page((ROOT / "compiler/sema/not_built.def").read_text(encoding="utf-8"))
    if update:
        target.write_text(wanted, encoding="utf-8")
    if not target.exists() or target.read_text(encoding="utf-8") != wanted:
        print("docs/language/status.md is out of date: run tests/tidy/status.py --update")
        return 1
    print("the status page is what the compiler says")
    return 0


if __name__ == "__main__":
    sys.exit(main("--update" in sys.argv[1:]))
