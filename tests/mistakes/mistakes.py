#!/usr/bin/env python3
"""Mistakes: the working scenario in base/ with one edit each, as a pharmacist might make it, and all that is then said.

edits/*.txt holds them, in paragraphs:

    # a decimal comma                         the name; one reason to fail
    @ pipeline.csv                            the file that is edited; left out: scenario.hzn
    - peak        ~ 10% to 40%                this text, which stands in it exactly once (\\n: a new line)...
    + peak        ~ 10,5% to 40%              ...becomes this one (\\xC2: a byte); several lines each if need be
    ! E0209 the sentence                      what is said, as `--update` writes it:
    |   peak        ~ 10,5% to 40%            the line at fault (its number in front where the line stands twice)
    |                 ^^^^                    and the caret
    ? a note                                  notes, with their place
    > a mend in words
    > a mend => `10.5`; mends it              one that can be applied, and whether all is well once it is

`x FILE` in place of - and + removes a file; `! nothing` says that the edit is no mistake; `! the run stops` heads a message from the run
itself. Each is run as `horizon run scenario.hzn --out results`: one mistake gives one message, exit code 1, and a folder of results that
stood there before is left as it was, byte for byte.
"""

import json
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "harness"))
from program import Failure, environment, main, run, settle  # noqa: E402

BASE = pathlib.Path(__file__).resolve().parent / "base"
RESULTS = {"forecast.csv": "the results of yesterday\n", "manifest.json": "{}\n"}
MAIN = "scenario.hzn"


class Mistake:
    """One paragraph of an edits file."""

    def __init__(self, paragraph):
        self.head, self.file, self.removed = [], MAIN, None
        before, after, self.expected = [], [], []
        for line in paragraph.split("\n"):
            mark, rest = line[:1], line[2:]
            if mark in "#@-+x":
                self.head.append(line)
            else:
                self.expected.append(line)
            if mark == "@":
                self.file = rest
            elif mark == "-":
                before.append(rest)
            elif mark == "+":
                after.append(rest)
            elif mark == "x":
                self.removed = rest
            elif mark not in "#!|?>":
                raise Failure(f"a line that begins with none of # @ - + x ! | ? >: {line!r}")
        self.before, self.after = ("\n".join(lines).replace("\\n", "\n") for lines in (before, after))
        if not self.head or not self.head[0].startswith("# "):
            raise Failure(f"a mistake without a name:\n{paragraph}")
        self.name = self.head[0][2:]

    def make(self, folder):
        """The base in `folder`, with the edit."""
        shutil.copytree(BASE, folder)
        if self.removed:
            (folder / self.removed).unlink()
            return
        path = folder / self.file
        text = path.read_bytes().decode("utf-8")
        if text.count(self.before) != 1:
            raise Failure(f"{self.name}: the text to replace stands {text.count(self.before)} times in {self.file}, not once")
        after = self.after.encode("utf-8").decode("unicode_escape").encode("latin-1") if "\\x" in self.after else self.after.encode()
        head, tail = text.split(self.before)
        path.write_bytes(head.encode() + after + tail.encode())


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def messages(folder, horizon, name):
    """(exit code, messages) of a run whose results must not be touched by it."""
    out = folder / "results"
    out.mkdir()
    for file, text in RESULTS.items():
        (out / file).write_text(text, encoding="utf-8")
    before = content(folder)
    command = [horizon, "run", MAIN, "--futures", "64", "--out", "results", "--message-format=json"]
    code, printed, said = run(command, folder, environment(horizon))
    found = []
    for line in said.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError as broken:
            raise Failure(f"{name}: not a JSON line on stderr: {line!r}") from broken
    found = [message for message in found if message["type"] != "progress"]
    errors = [message for message in found if message.get("severity") == "error"]
    if code != (1 if errors else 0):
        raise Failure(f"{name}: exit code {code} with {len(errors)} errors\n{said}")
    if errors and (content(folder) != before or printed):
        raise Failure(f"{name}: a run at fault wrote something: {sorted(content(folder))} {printed[:200]}")
    shutil.rmtree(out)
    return found


def marked(message, folder, mark):
    """The line of a message and its caret, as lines that begin with `mark`."""
    path = folder / message["path"]
    if not path.is_file():
        return [f"{mark} in {message['path']}"]
    lines = path.read_text(encoding="utf-8", errors="replace").replace("\r", "").split("\n")
    text = lines[message["line"] - 1] if message["line"] <= len(lines) else ""
    head = "" if message["path"] == MAIN else f"{message['path']}: "
    if lines.count(text) > 1:
        head += f"{message['line']}: "
    end = message["end"] if message["end_line"] == message["line"] else len(text)
    width = max(1, end - message["column"] + 1)
    return [f"{mark} {head}{text}"[:200], f"{mark} {' ' * (len(head) + message['column'] - 1)}{'^' * min(width, 150)}"[:200]]


def applied(mend, folder, horizon, name):
    """What is said once a mend has been applied."""
    path = folder / mend["path"]
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    first, last = mend["line"] - 1, mend["end_line"] - 1
    start = mend["column"] - 1
    stop = start if mend.get("inserts") else mend["end"]
    whole = lines[first][:start] + mend["replacement"] + lines[last][stop:]
    lines[first:last + 1] = whole.split("\n")
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    left = messages(folder, horizon, name)
    return "mends it" if not left else "leaves " + ", ".join(message.get("code", "?") for message in left)


def said(mistake, horizon):
    """Everything that is said about a mistake, as its paragraph shows it."""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "case"
        mistake.make(folder)
        found = messages(folder, horizon, mistake.name)
        lines = []
        for message in found:
            lines.append(f"! {message.get('code', '')} {message['message']}")
            if "line" in message:
                lines += marked(message, folder, "|")
            for note in message.get("notes", []):
                lines.append(f"? {note['message']}")
                if "line" in note:
                    lines += marked(note, folder, "?")
            mend = message.get("mend")
            if mend and "replacement" in mend:
                shown = mend["replacement"].replace("\n", "\\n")
                lines.append(f"> {mend['message']} => `{shown}`; {applied(mend, folder, horizon, mistake.name)}")
            elif mend:
                lines.append(f"> {mend['message']}")
        return [line.rstrip() for line in lines] or ["! nothing"]


def check(path, horizon, update):
    paragraphs = [text.strip("\n") for text in path.read_text(encoding="utf-8").split("\n\n") if text.strip("\n")]
    mistakes = [Mistake(paragraph) for paragraph in paragraphs]
    names = [mistake.name for mistake in mistakes]
    if len(set(names)) < len(names):
        raise Failure(f"a name stands twice: {sorted(name for name in names if names.count(name) > 1)[0]}")
    out, wrong = [], []
    for mistake in mistakes:
        now = said(mistake, horizon)
        errors = sum(line.startswith("! E") for line in now)
        if errors != 1 and now != ["! nothing"] and not any(line.startswith("! W") for line in now):
            wrong.append(f"{mistake.name}: one mistake gives one message, not {errors}\n" + "\n".join(now))
        out.append("\n".join(mistake.head + now))
    changed = settle(path, "\n\n".join(out) + "\n", update)
    if wrong:
        raise Failure("\n\n".join(wrong))
    return changed


if __name__ == "__main__":
    sys.exit(main(__doc__.splitlines()[0], "*.txt", check, "tests/mistakes/edits"))
