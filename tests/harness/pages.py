#!/usr/bin/env python3
"""The pages docs/diagnostics/<code>.md: their examples cause their code, and what they show as mended is clean.

Fenced blocks: ```hzn causes the page's code under `horizon check`; ```hzn run causes it under `horizon run`; ```hzn good has
no message at all; ```file NAME is a file beside the example (a table).
"""

import json
import pathlib
import re
import sys
import tempfile

from program import Failure, environment, main, run

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def codes_of(horizon, folder, how):
    command = [horizon] + (["run", "--futures", "100", "--out", "out"] if how == "run" else ["check"])
    code, out, err = run(command + ["--message-format=json", "example.hzn"], folder, environment(horizon))
    if code not in (0, 1):
        raise Failure(f"an example ended the program with {code}\n{out}{err}")
    found = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    return [message["code"] for message in found if "code" in message], err


def check(path, horizon, update):
    del update
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="horizon-page-") as folder:
        blocks = [(info.split(), body) for info, body in BLOCK.findall(page)]
        for info, body in blocks:
            if info[:1] == ["file"]:
                pathlib.Path(folder, info[1]).write_text(body, encoding="utf-8")
        for info, body in blocks:
            if info[:1] != ["hzn"]:
                continue
            how = info[1] if len(info) > 1 else "check"
            pathlib.Path(folder, "example.hzn").write_text(body, encoding="utf-8")
            codes, err = codes_of(horizon, folder, how)
            if how == "good" and codes:
                raise Failure(f"the mended example is not clean:\n{body}{err}")
            if how != "good" and path.stem not in codes:
                raise Failure(f"the example does not cause {path.stem} but {', '.join(codes) or 'nothing'}:\n{body}{err}")
    return False


if __name__ == "__main__":
    sys.exit(main(__doc__, "[EW][0-9]*.md", check, "docs/diagnostics"))
