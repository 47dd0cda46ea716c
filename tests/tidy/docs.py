#!/usr/bin/env python3
"""docs/ARCHITECTURE.md speaks of every folder, and links between our Markdown files lead somewhere."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
DECISION = re.compile(r"\d{4}-[a-z0-9-]+\.md")


def tracked(root):
    """Files of the repository, or all files where there is no git (an unpacked archive)."""
    try:
        done = subprocess.run(["git", "-C", str(root), "-c", "safe.directory=*", "ls-files"], capture_output=True, text=True, check=False)
    except FileNotFoundError:   # a machine without git
        done = None
    if done and done.returncode == 0:
        return [root / name for name in done.stdout.splitlines()]
    skipped = {"build", "out", ".git", ".cache"}
    return [path for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] not in skipped]


def problems(root):
    found = []
    text = (root / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    folders = sorted(path.parent.relative_to(root).as_posix() for top in ("base", "compiler", "runtime", "tools")
                     for path in (root / top).rglob("CMakeLists.txt"))
    for folder in folders:
        # The folder as its own row, `compiler/parse`; those that only gather others need no words.
        if (root / folder).glob("*.?pp") and any((root / folder).glob("*.?pp")) and f"`{folder}`" not in text:
            found.append(f"docs/ARCHITECTURE.md: says nothing of `{folder}` (takes, gives, never)")
    for top in sorted(path.name for path in root.iterdir() if path.is_dir()):
        if not top.startswith(".") and top not in ("build", "out") and f"{top}/" not in text and f"`{top}`" not in text:
            found.append(f"docs/ARCHITECTURE.md: says nothing of {top}/")
    for page in (path for path in tracked(root) if path.suffix == ".md" and path.exists()):
        prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in LINK.findall(prose):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                found.append(f"{page.relative_to(root)}: links to {target}, which does not exist")
    for page in sorted((root / "docs/decisions").glob("*.md")):
        if page.name != "README.md" and not DECISION.fullmatch(page.name):
            found.append(f"docs/decisions/{page.name}: name it NNNN-title.md")
        if page.name != "README.md" and not re.search(r"\b20\d\d-\d\d-\d\d\b", page.read_text(encoding="utf-8")):
            found.append(f"docs/decisions/{page.name}: has no date")
    numbers = [page.name[:4] for page in (root / "docs/decisions").glob("[0-9]*.md")]
    found += [f"docs/decisions: number {n} is used twice" for n in sorted({n for n in numbers if numbers.count(n) > 1})]
    return found


def main():
    found = problems(ROOT)
    print("\n".join(found) or "the documents fit the tree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
