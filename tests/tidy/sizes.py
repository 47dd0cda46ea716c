#!/usr/bin/env python3
"""No file grows past what one sitting can read: 800 lines for .cpp and .py, 300 for .hpp, see docs/ARCHITECTURE.md.

oversize.txt lists exceptions, `path lines` each; a line there may only come down, and goes when the file fits.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMITS = {".cpp": 800, ".hpp": 300, ".h": 300, ".py": 800, ".g4": 800}
FOLDERS = ("base", "compiler", "runtime", "tools", "tests", "grammar")


def exceptions(text):
    rows = (line.split("#")[0].split() for line in text.splitlines())
    return {row[0]: int(row[1]) for row in rows if row}


def problems(root, listed):
    found = []
    sizes = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in LIMITS:
                name = path.relative_to(root).as_posix()
                sizes[name] = len(path.read_text(encoding="utf-8").splitlines())
                limit = listed.get(name, LIMITS[path.suffix])
                if sizes[name] > limit:
                    found.append(f"{name}: {sizes[name]} lines, at most {limit}; split it by topic")
    for name, allowed in listed.items():
        if name not in sizes:
            found.append(f"oversize.txt: {name} is no more; strike it out")
        elif sizes[name] <= LIMITS[pathlib.PurePath(name).suffix]:
            found.append(f"oversize.txt: {name} fits now; strike it out")
        elif sizes[name] < allowed:
            found.append(f"oversize.txt: {name} has come down to {sizes[name]} lines; lower its line to that")
    return found


def main():
    found = problems(ROOT, exceptions((ROOT / "tests/tidy/oversize.txt").read_text(encoding="utf-8")))
    print("\n".join(found) or "every file has a readable size")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
