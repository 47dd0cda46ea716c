"""What all parts of the bench share: the programs, sizes, and the scenarios' places."""
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
PORTFOLIO = HERE / "portfolio.hzn"
PORTFOLIO_120 = HERE / "portfolio_120.hzn"
DATA = HERE / "data"
NO_CACHE = {"HORIZON_CACHE": "off"}


@dataclasses.dataclass
class Sizes:
    """How much is run: `full` is what docs/performance.md holds, `quick` shows within seconds that every part works."""
    w1: int = 10_000
    w1_long: int = 100_000
    w2: int = 1_000_000
    million: int = 1_000_000
    grown: tuple = (100, 1_000, 10_000, 100_000)     # products
    remembered: tuple = (1_000, 10_000)              # products x 120 months
    remembered_futures: int = 10_000
    what_ifs: int = 200
    edited: str = "scenarios/denmark/hospital/hospital.hzn"
    precision: tuple = ("--futures", "4096")
    blocks: int = 12                                 # of assembly, in the roofline
    repeats: int = 60                                # of each block of futures, in the kernels' cycles


QUICK = Sizes(w1=64, w1_long=128, w2=256, million=512, grown=(10, 100), remembered=(10, 20), remembered_futures=64, what_ifs=2,
              edited="small.hzn", precision=("--futures", "64", "--seeds", "2", "--reference", "500"), blocks=2, repeats=1)


@dataclasses.dataclass
class Setting:
    horizon: str
    peers: dict          # label to command
    rounds: int
    threads: int
    sizes: Sizes
    folder: pathlib.Path     # for tables and results, goes at the end
    aims: list = dataclasses.field(default_factory=list)   # Aim of aims.py

    def run(self, scenario, table, futures, *options):
        return [self.horizon, "run", str(scenario), "--data", f"portfolio={table}", "--futures", str(futures), "--out", str(self.folder / "out"),
                "--message-format", "json", "--time", "--stats", *options]
