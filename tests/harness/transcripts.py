#!/usr/bin/env python3
"""Transcripts: tests/e2e/*.test, commands of a shell session with what they print.

    # a comment
    --- name.hzn             what follows, up to the next line of three dashes, is a file in the session's own empty folder
    ...
    ---                      ends the files
    $ horizon check name.hzn a line for sh; `horizon` is the program under test, $REPO the repository
    > a line of stdout
    ! a line of stderr
    exit 1                   left out for 0

`{..}` in an expected line stands for any text, `{n}` for a number; a line `...` after > or ! for any number of lines.
"""

import os
import pathlib
import re
import sys
import tempfile

from program import ROOT, Failure, difference, environment, main, run

HOLES = {"{..}": r".*?", "{n}": r"[-+]?\d[\d_,.]*(?:e[-+]?\d+)?"}


def fits(expected, actual):
    """Do the lines of one stream fit the expected ones, holes and all?"""
    pattern = ""
    for line in expected:
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        pieces = re.split(r"(\{\.\.\}|\{n\})", line)
        pattern += "".join(HOLES.get(piece, re.escape(piece)) for piece in pieces) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def lines_of(text):
    """Lines without their ends; a missing last line end is part of the contract and shows; blanks at a line's end are not."""
    lines = text.split("\n")
    if lines[-1] != "":
        lines += [lines.pop() + "{no line end}", ""]
    return [line.rstrip() for line in lines[:-1]]


class Step:
    """A command with what is expected of it, or text to keep as it is (`command` None)."""

    def __init__(self, text, command=None):
        self.text = text
        self.command = command
        self.out, self.err, self.code = [], [], 0

    def expected(self):
        return self.show(self.out, self.err, self.code)

    def show(self, out, err, code):
        lines = [self.text]
        lines += [f"> {line}".rstrip() if line == "" else f"> {line}" for line in out]
        lines += ["!" if line == "" else f"! {line}" for line in err]
        return lines + ([f"exit {code}"] if code else [])


def parse(text):
    """(files, steps): what stands in the folder, and what happens."""
    folder, steps, inside = {}, [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("---"):
            inside = line[3:].strip() or None
            if inside:
                folder[inside] = ""
            steps.append(Step(line))
        elif inside:
            folder[inside] += line + "\n"
            steps.append(Step(line))
        elif line.startswith("$ "):
            steps.append(Step(line, line[2:]))
        elif line[:1] in (">", "!") or re.fullmatch(r"exit \d+", line):
            if not steps or steps[-1].command is None:
                raise Failure(f"line {number}: an expectation without a command above it")
            if line.startswith("exit"):
                steps[-1].code = int(line[5:])
            else:
                (steps[-1].out if line[0] == ">" else steps[-1].err).append(line[1:].removeprefix(" "))
        elif line == "" or line.startswith("#"):
            steps.append(Step(line))
        else:
            raise Failure(f"line {number}: neither a command, an expectation, a file nor a comment: {line}")
    if not any(step.command for step in steps):
        raise Failure("no command: this transcript tests nothing")
    return folder, steps


def check(path, horizon, update):
    text = path.read_text(encoding="utf-8")
    folder, steps = parse(text)
    env = environment(horizon) | {"REPO": str(ROOT)}
    result = []
    failures = []
    with tempfile.TemporaryDirectory(prefix="horizon-e2e-") as place:
        for name, content in folder.items():
            target = pathlib.Path(place, name)
            if not os.path.abspath(target).startswith(place):
                raise Failure(f"{name} lies outside the session's folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        for step in steps:
            if step.command is None:
                result.append(step.text)
                continue
            code, out, err = run(["sh", "-c", step.command], place, env)
            out, err = ([line.replace(place, "$PWD") for line in lines_of(stream)] for stream in (out, err))
            same = code == step.code and fits(step.out, out) and fits(step.err, err)
            now = step.show(out, err, code)
            if not same:
                failures.append(difference("\n".join(step.expected()), "\n".join(now), step.command))
            result += step.expected() if same else now
    if failures and update:
        path.write_text("\n".join(result) + "\n", encoding="utf-8")
        return True
    if failures:
        raise Failure("\n".join(failures))
    return False


if __name__ == "__main__":
    sys.exit(main(__doc__, "*.test", check, "tests/e2e"))
