#!/usr/bin/env python3
"""Every message of compiler/diag/catalog.def is caused by some test and has its page; every page has its message.

uncovered_codes.txt and pages_without_example.txt list the exceptions. They may only shrink: a code in them that is covered by now
fails this test until it is struck out.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r'^DIAG\("([EW]\d{4})",\s*(\w+),', re.MULTILINE)
# A code counts as tested where it is expected: not in the tests of the harness itself, nor in lists of exceptions.
TESTED_IN = ("diag", "e2e", "conformance", "property", "unit", "bench")
PARTS = ("## An example that causes it", "## How to mend it")


def listed(path):
    return {line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()} - {""}


def mentioned(root, rows):
    """Codes that stand in a test: E0412 in a golden or transcript, Code::Name in a unit test."""
    names = {name: code for code, name in rows}
    found = set()
    for folder in TESTED_IN:
        for path in (root / "tests" / folder).rglob("*"):
            if path.is_file():
                text = path.read_bytes().decode("utf-8", "replace")
                # A file's name does not count, nor does a comment about a code: `//! E0412`, or E0412 printed by a command.
                if path.suffix == ".hzn":
                    found |= set(re.findall(r"^\s*//! ([EW]\d{4})\b", text, re.MULTILINE))
                else:
                    found |= set(re.findall(r"\b[EW]\d{4}\b", text))
                    found |= {names[name] for name in re.findall(r"\bCode::(\w+)", text) if name in names}
    return found


def page_problems(code, page, without_example):
    text = page.read_text(encoding="utf-8")
    found = []
    if not text.startswith(f"# {code}: "):
        found.append(f"{page.name}: begins with `# {code}: what it says in a few words`")
    parts = PARTS[1:] if code in without_example else PARTS
    found += [f"{page.name}: has no part `{part}`" for part in parts if part not in text]
    example = re.search(r"^```hzn( run)?\s*$", text, re.MULTILINE)
    if not example and code not in without_example:
        found.append(f"{page.name}: has no ```hzn example that causes it")
    if example and code in without_example:
        found.append(f"pages_without_example.txt: {code} has an example now; strike it out")
    return found


def problems(root):
    rows = ROW.findall((root / "compiler/diag/catalog.def").read_text(encoding="utf-8"))
    codes = [code for code, _ in rows]
    found = [f"catalog.def: {code} stands there twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    tested = mentioned(root, rows)
    uncovered = listed(root / "tests/tidy/uncovered_codes.txt")
    without_example = listed(root / "tests/tidy/pages_without_example.txt")
    for code, name in rows:
        if code not in tested and code not in uncovered:
            found.append(f"{code} ({name}): no test causes it; add tests/diag/{code}_<what is wrong>.hzn")
        if code in tested and code in uncovered:
            found.append(f"uncovered_codes.txt: {code} is tested now; strike it out")
        page = root / f"docs/diagnostics/{code}.md"
        found += page_problems(code, page, without_example) if page.exists() else [f"{code} ({name}): no page {page.name}"]
    for name, text in (("uncovered_codes.txt", uncovered), ("pages_without_example.txt", without_example)):
        found += [f"{name}: {code} is no code of the catalogue" for code in sorted(text - set(codes))]
    for page in sorted((root / "docs/diagnostics").glob("[EW][0-9]*.md")):
        if page.stem not in codes:
            found.append(f"docs/diagnostics/{page.name}: no such code in the catalogue")
    return found


def main():
    found = problems(ROOT)
    print("\n".join(found) or "every message is tested and explained")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
