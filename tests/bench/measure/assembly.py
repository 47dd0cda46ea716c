"""The kernels' assembly in basic blocks: where each stands in memory, and what llvm-mca says of it."""
import bisect
import dataclasses
import json
import re
import subprocess

TOOLS = ("llvm-mc-19", "llvm-mca-19", "llvm-nm-19")
LABEL = re.compile(r'^("[^"]*"|[A-Za-z_.][\w.$]*):')
ENDS_BLOCK = re.compile(r"^\s*(j\w+|ret\w*)\b")


@dataclasses.dataclass
class Block:
    function: str
    label: str
    instructions: list
    first: int = 0            # offset in the text section
    ports: float = 0          # cycles of the busiest port
    busiest: str = ""
    chain: float = 0          # cycles from one round to the next, if it came round and round
    samples: int = 0
    executions: int = 0

    @property
    def vector(self):
        return any(re.search(r"%[xyz]mm", i) for i in self.instructions)


def read(text):
    """Blocks of the code sections, and the text with a symbol before each instruction, from which their places are known."""
    blocks, marked = [], []
    function, label, code, fresh, count = "", "", False, True, 0
    for line in text.splitlines():
        stripped = line.split("#")[0].strip()
        if stripped.startswith((".text", ".section")):
            code = stripped.startswith(".text") or ".text" in stripped
        named = LABEL.match(line)
        if named and code:
            label, fresh = named[1].strip('"'), True
            if not label.startswith("."):
                function = label
        elif code and stripped and not stripped.startswith("."):
            if fresh:
                blocks.append(Block(function, label, []))
                fresh = False
            marked.append(f"hz_{count}_{len(blocks) - 1}:")
            count += 1
            blocks[-1].instructions.append(stripped)
            fresh = bool(ENDS_BLOCK.match(stripped))
        marked.append(line)
    return blocks, "\n".join(marked) + "\n"


class Code:
    """Blocks with their places; `boundaries`: offsets at which an instruction begins."""

    def __init__(self, text, folder):
        self.blocks, marked = read(text)
        assembled = folder / "kernels.o"
        subprocess.run(["llvm-mc-19", "-filetype=obj", "-o", str(assembled)], input=marked, text=True, check=True)
        symbols = subprocess.run(["llvm-nm-19", str(assembled)], capture_output=True, text=True, check=True).stdout
        places = sorted((int(at, 16), int(block)) for at, block in re.findall(r"^([0-9a-f]+) t hz_\d+_(\d+)$", symbols, re.MULTILINE))
        self.boundaries = {at for at, _ in places}
        self.size = max(self.boundaries) + 1
        for at, block in reversed(places):
            self.blocks[block].first = at
        self.starts = [block.first for block in self.blocks]

    def at(self, offset):
        return self.blocks[bisect.bisect_right(self.starts, offset) - 1]

    def base(self, addresses):
        """Where the text section stood, if most of `addresses` lie in it, on instructions; else None."""
        if not addresses:
            return None
        best, score = None, 0
        low = min(addresses) - self.size
        for page in {(a - shift) & ~0xfff for a in list(addresses)[:200] for shift in range(0, self.size + 4096, 4096)}:
            if page >= low:
                hits = sum(weight for a, weight in addresses.items() if a - page in self.boundaries)
                if hits > score:
                    best, score = page, hits
        return best if score > 0.9 * sum(addresses.values()) else None


def estimate(blocks, processor):
    """Cycles of each block by llvm-mca."""
    asm = []
    for i, block in enumerate(blocks):
        body = [line for line in block.instructions if not line.startswith(("call", "ret"))]
        asm += [f"# LLVM-MCA-BEGIN b{i}"] + (body or ["nop"]) + [f"# LLVM-MCA-END b{i}"]
    said = subprocess.run(["llvm-mca-19", f"-mcpu={processor}", "-iterations=100", "--json", "-"], input="\n".join(asm) + "\n", capture_output=True,
                          text=True)
    if said.returncode != 0:
        raise RuntimeError(said.stderr)
    answer = json.loads(said.stdout)
    names = answer["TargetInfo"]["Resources"]
    for region in answer["CodeRegions"]:
        block = blocks[int(region["Name"][1:])]
        rows = region["ResourcePressureView"]["ResourcePressureInfo"]
        last = len(region["Instructions"])
        used = {row["ResourceIndex"]: row["ResourceUsage"] for row in rows if row["InstructionIndex"] == last}
        if used:
            port = max(used, key=used.get)
            block.ports, block.busiest = used[port], re.sub(r"^[A-Z]+(?=Port|FP)", "", names[port])
        # The front end may be what bounds it.
        summary = region["SummaryView"]
        front = summary["TotaluOps"] / summary["Iterations"] / summary["DispatchWidth"]
        if front > block.ports:
            block.ports, block.busiest = front, "front end"
        block.chain = summary["TotalCycles"] / summary["Iterations"]
