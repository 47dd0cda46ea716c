"""Running the program under test, and saying well what differs. Used by every golden runner here."""

import argparse
import difflib
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failure(Exception):
    """One test file's reason to fail; its text is shown as it is."""


def environment(horizon):
    """What a test's commands see: the program on the PATH, one locale, no colours, nothing else of the caller's habits."""
    kept = {name: os.environ[name] for name in ("TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
    path = f"{pathlib.Path(horizon).resolve().parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    return kept | {"PATH": path, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent", "NO_COLOR": "1",
                   "HORIZON_CACHE": "off"}


def run(command, cwd, env, timeout=120):
    """(exit code, stdout, stderr) as text; bytes that are no UTF-8 show as such."""
    try:
        done = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                              check=False)
    except subprocess.TimeoutExpired as stuck:
        raise Failure(f"still running after {timeout} s: {command}") from stuck
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace"), done.stderr.decode("utf-8", "backslashreplace")


def difference(expected, actual, name):
    """A readable diff: - expected, + what came."""
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), f"{name} (expected)", f"{name} (now)",
                                 lineterm="")
    return "\n".join(lines)


def settle(path, actual, update):
    """Holds a golden file against what it would be now; rewrites it when asked to. Fails when they differ otherwise."""
    expected = path.read_text(encoding="utf-8")
    if expected == actual:
        return False
    if not update:
        raise Failure(difference(expected, actual, path.name))
    path.write_text(actual, encoding="utf-8")
    return True


def files(paths, pattern, skipped=()):
    """All files of a pattern below the paths, in order, without folders to skip; a file named itself counts whatever its name."""
    found = []
    for path in map(pathlib.Path, paths):
        below = [path] if path.is_file() else sorted(path.rglob(pattern))
        found += [file for file in below if path.is_file() or not set(skipped) & set(file.relative_to(path).parts[:-1])]
    return found


def main(description, pattern, check, default_folder, arguments=None, skipped=()):
    """The command line shared by the runners. `check(path, horizon, update)` returns whether it rewrote the file."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--horizon", default=str(ROOT / "build/release/horizon"), help="the program under test")
    parser.add_argument("--update", action="store_true", help="rewrite the expectations; read the change before committing it")
    parser.add_argument("paths", nargs="*", default=[str(ROOT / default_folder)], help="files or folders")
    options = parser.parse_args(arguments)
    cases = files(options.paths, pattern, skipped)
    if not cases:
        print(f"no {pattern} below {' '.join(options.paths)}: a suite without tests passes nothing", file=sys.stderr)
        return 1
    horizon = str(pathlib.Path(options.horizon).resolve())
    if not os.access(horizon, os.X_OK):
        print(f"no program at {horizon}: build it first (tools/build horizon)", file=sys.stderr)
        return 1

    def attempt(path):
        try:
            return path, check(path, horizon, options.update), None
        except Failure as failure:
            return path, False, str(failure)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(attempt, cases))
    failed = [(path, reason) for path, _, reason in results if reason is not None]
    for path, reason in failed:
        print(f"FAILED {path}\n{reason}\n")
    rewritten = [path for path, changed, _ in results if changed]
    for path in rewritten:
        print(f"rewrote {path}")
    print(f"{len(cases)} files, {len(failed)} failed" + (f", {len(rewritten)} rewritten" if options.update else ""))
    return 1 if failed else 0
