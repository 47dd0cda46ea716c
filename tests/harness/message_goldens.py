#!/usr/bin/env python3
"""Message goldens: tests/diag/**/*.hzn, each with the messages it causes as comments above the lines they are about.

    //! E0412@12-17: the sentence                  code points from 1, both inclusive, on the next line that is no //! comment
    //! note@3-7: used here                        a note on the same line;  note -2@3-7: two lines further up
    //! note std/market.hzn: defined here          a note in another file, without its position
    //! help: a mend in words                      help@3-7: ... => `text`   when it can be applied
    //! E0801 prices.csv:3@5-8: the sentence       a message in another file;  E0203: ...  one without a place. Both head the file.

Line distances count lines without the //! comments. A file named E0412_... must cause E0412.
"""

import json
import re
import sys

from program import Failure, environment, main, run, settle

MARK = "//!"


def messages_of(path, horizon):
    """The JSON messages of `horizon check`, and its exit code, which has to fit them."""
    command = [horizon, "check", "--message-format=json", path.name]
    code, out, err = run(command, path.parent, environment(horizon))
    if code not in (0, 1):
        raise Failure(f"`horizon check` ended with {code}\n{out}{err}")
    found = []
    for line in err.splitlines():
        try:
            message = json.loads(line)
        except ValueError as broken:
            raise Failure(f"not a JSON line on stderr: {line!r} ({broken})") from broken
        if "code" in message:  # progress lines are JSON, too
            found.append(message)
    errors = any(message["severity"] == "error" for message in found)
    if code != (1 if errors else 0):
        raise Failure(f"exit code {code} with {'an error' if errors else 'no error'} among the messages\n{err}")
    return found


def columns(place):
    return f"@{place['column']}-{place['end']}"


class Golden:
    """Builds what the file should look like from its code lines and the messages."""

    def __init__(self, path):
        self.name = path.name
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.code_line = {}  # real line number -> number among the lines that are no //! comment
        count = 0
        for number, line in enumerate(self.lines, 1):
            count += not line.lstrip().startswith(MARK)
            self.code_line[number] = count

    def is_here(self, place):
        return place.get("path", "").endswith(self.name) and place["line"] in self.code_line

    def attached(self, text, place, message):
        """A note or a help line below `message`."""
        if "line" not in place:
            return f"{MARK} {text}: {place['message']}"
        if not self.is_here(place) or not self.is_here(message):
            return f"{MARK} {text} {place['path']}: {place['message']}"
        distance = self.code_line[place["line"]] - self.code_line[message["line"]]
        away = f" {distance:+d}" if distance else ""
        return f"{MARK} {text}{away}{columns(place)}: {place['message']}"

    def comment(self, message):
        code, text = message["code"], message["message"]
        if "line" not in message:
            out = [f"{MARK} {code}: {text}"]
        elif self.is_here(message):
            out = [f"{MARK} {code}{columns(message)}: {text}"]
        else:
            out = [f"{MARK} {code} {message['path']}:{message['line']}{columns(message)}: {text}"]
        out += [self.attached("note", note, message) for note in message["notes"]]
        if mend := message.get("mend"):
            line = self.attached("help", mend, message)
            out.append(line + (f" => `{mend['replacement']}`" if "replacement" in mend else ""))
        return [line.replace("\n", "\\n") for line in out]

    def with_messages(self, messages):
        at = {}
        for message in messages:
            line = self.code_line[message["line"]] if "line" in message and self.is_here(message) else 0
            at.setdefault(line, []).extend(self.comment(message))
        out = at.pop(0, [])
        count = 0
        for line in self.lines:
            if line.lstrip().startswith(MARK):
                continue
            count += 1
            indent = re.match(r"[ \t]*", line).group() if line.strip() else ""
            out += [indent + comment for comment in at.pop(count, [])]
            out.append(line)
        return "\n".join(out)


def check(path, horizon, update):
    messages = messages_of(path, horizon)
    named = re.match(r"([EW]\d{4})_", path.name)
    if named and named.group(1) not in {message["code"] for message in messages}:
        raise Failure(f"is named for {named.group(1)} but does not cause it; it causes: "
                      f"{', '.join(message['code'] for message in messages) or 'no message'}")
    return settle(path, Golden(path).with_messages(messages), update)


if __name__ == "__main__":
    sys.exit(main(__doc__, "*.hzn", check, "tests/diag", skipped=("libraries",)))
