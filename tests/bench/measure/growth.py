"""How compile time and memory grow with the number of products and of futures."""
from . import processes, products
from .aims import Aim
from .processes import spread
from .setting import DATA, NO_CACHE, PORTFOLIO, PORTFOLIO_120

FRONT = ("parse", "sema", "depend", "lower", "optimise")


def compile_time(setting):
    """Products of the same kinds: `check`, and a run of one future for what stands before the futures."""
    rows, code, llvm = [], {}, {}
    for count in setting.sizes.grown:
        table = products.write(setting.folder / "products.csv", count)
        check = [setting.horizon, "check", str(PORTFOLIO), "--data", f"portfolio={table}"]
        samples = processes.in_turn({"check": (check, NO_CACHE), "run": (setting.run(PORTFOLIO, table, 1, "--threads", "1"), NO_CACHE)}, 3)
        processor = spread(s.processor for s in samples["check"])
        runs = samples["run"]
        stages = [s.json_line("time")["seconds"] for s in runs]
        stats = runs[0].json_line("stats")
        code[count], llvm[count] = stats["code_bytes"], stats["llvm_instructions"]
        front = spread(sum(stage[name] for name in FRONT) for stage in stages).median
        rows.append([f"{count:,}", processor.text(3), f"{1e6 * processor.median / count:.0f}", f"{front:.3f}",
                     f"{spread(stage['codegen'] for stage in stages).median:.3f}", f"{llvm[count]:,}", f"{code[count]:,}",
                     f"{max(s.peak_mib for s in samples['check']):.0f}", f"{max(s.peak_mib for s in runs):.0f}"])
        if count == 10_000:
            setting.aims.append(Aim("`check` of 10,000 rows, processor time", 1.0, processor, unit="s"))
    low, high = setting.sizes.grown[0], setting.sizes.grown[-1]
    setting.aims.append(Aim(f"bytes of code of {high:,} products to those of {low:,}", 1.02, spread([code[high] / code[low]])))
    head = ["products", "`check`, processor s", "us a product", "run: reading to MIR, s", "LLVM, s", "LLVM instructions", "bytes of code",
            "peak MiB of `check`", "of a run"]
    return processes.table(head, rows)


def memory(setting):
    sizes, rows = setting.sizes, []
    peaks = []
    for count in sizes.remembered:
        table = products.write(setting.folder / "products.csv", count)
        sample = processes.timed(setting.run(PORTFOLIO_120, table, sizes.remembered_futures, "--threads", str(setting.threads)), NO_CACHE)
        peaks.append(sample.peak_mib)
        rows.append([f"{count:,} products x 120 months x {sizes.remembered_futures:,} futures", f"{sample.peak_mib:.0f}", f"{sample.seconds:.2f}"])
    sample = processes.timed(setting.run(PORTFOLIO, DATA / "portfolio.csv", sizes.million, "--threads", str(setting.threads)), NO_CACHE)
    rows.append([f"W1 at {sizes.million:,} futures", f"{sample.peak_mib:.0f}", f"{sample.seconds:.2f}"])
    # No number was set for "depends on outputs, not on products": a quarter is for the text, the model and the tables of the rows.
    setting.aims.append(Aim(f"memory of {rows[1][0]}, to that of {sizes.remembered[0]:,} products", 1.25, spread([peaks[1] / peaks[0]])))
    setting.aims.append(Aim(f"memory of W1 at {sizes.million:,} futures", 1024, spread([sample.peak_mib]), unit="MiB"))
    return processes.table(["what", "peak MiB", "s"], rows)
