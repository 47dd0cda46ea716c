"""Horizon beside hand-written programs that compute the same forecasts, and with one thread beside two."""
from . import peers, processes
from .aims import Aim
from .processes import ratio, seconds_of, spread
from .setting import DATA, NO_CACHE, PORTFOLIO, PORTFOLIO_120

COLD, WARM = "Horizon, nothing kept", "Horizon, machine code kept"


def workloads(sizes):
    """Name: scenario, table, months, futures, what it is."""
    portfolio = DATA / "portfolio.csv"
    return {
        "W1": (PORTFOLIO, portfolio, 60, sizes.w1, "1,000 products, 60 months"),
        "W1-100k": (PORTFOLIO, portfolio, 60, sizes.w1_long, "1,000 products, 60 months"),
        "W2": (PORTFOLIO_120, DATA / "p1.csv", 120, sizes.w2, "1 product, 120 months"),
    }


def programs_for(setting, name, scenario, table, months, futures):
    """The peers that are made for it, beside Horizon with and without machine code from the run before."""
    run = setting.run(scenario, table, futures, "--threads", str(setting.threads))
    programs = {COLD: (run, NO_CACHE), WARM: (run, {"HORIZON_CACHE": str(setting.folder / "cache")})}
    for label, command in setting.peers.items():
        if name not in peers.NOT_FOR.get(label, ()):
            programs[label] = (command + ["--csv", str(table), "--months", str(months), "--samples", str(futures), "--seed", "1",
                                          "--out", str(setting.folder / "peer.csv"), "--threads", str(setting.threads)], {})
    return programs


def steady(samples):
    """Seconds without start and end: futures and their statistics, by the program's own clock. None where it does not tell."""
    if '"type":"time"' in samples[0].said:
        times = [sample.json_line("time")["seconds"] for sample in samples]
        return [time["simulate"] + time["summarise"] for time in times]
    times = [sample.phase("pilot", "sim", "stats") for sample in samples]
    return None if None in times else times


def row_of(label, samples):
    own = samples[label]
    row = [label, spread(seconds_of(own)).text(3), f"{spread(s.processor for s in own).median:.2f}", f"{max(s.peak_mib for s in own):.0f}"]
    row += [ratio(seconds_of(samples[ours]), seconds_of(own)).text() for ours in (COLD, WARM)]
    ours, theirs = steady(samples[COLD]), steady(own)
    return row + ([spread(theirs).text(3), ratio(ours, theirs).text()] if theirs else ["", ""])


def take_aims(setting, name, samples):
    def against(ours, peer, pick=seconds_of):
        return ratio(pick(samples[ours]), pick(samples[peer]))

    expert, numpy = "expert C++" in samples, "NumPy" in samples
    at = f"{name.split('-')[0]} at {workloads(setting.sizes)[name][3]:,} futures"
    if name == "W1-100k" and expert:
        setting.aims.append(Aim(f"{at}, futures and statistics alone, to the expert's", 1.3, against(COLD, "expert C++", steady)))
        setting.aims.append(Aim(f"{at}, whole process, to the expert's", 1.3, against(COLD, "expert C++")))
    if name == "W1" and numpy:
        setting.aims.append(Aim(f"{at}, whole process, nothing kept, to NumPy's", 1 / 25, against(COLD, "NumPy"), inverse=True))
        setting.aims.append(Aim(f"{at}, whole process, machine code kept, to NumPy's", 1 / 50, against(WARM, "NumPy"), inverse=True))
    if name == "W2" and expert:
        setting.aims.append(Aim(f"{at}, whole process, to the expert's", 1.3, against(COLD, "expert C++")))
        few = processes.timed(setting.run(PORTFOLIO_120, DATA / "p1.csv", 16), NO_CACHE).peak_mib   # what the process takes anyway
        setting.aims.append(Aim(f"{at}, peak memory above that of 16 futures, to the expert's", 1.0,
                                spread((s.peak_mib - few) / t.peak_mib for s, t in zip(samples[COLD], samples["expert C++"]))))


def compare(setting, chosen):
    """One table a workload."""
    parts = []
    for name, (scenario, table, months, futures, what) in workloads(setting.sizes).items():
        if name not in chosen:
            continue
        programs = programs_for(setting, name, scenario, table, months, futures)
        processes.timed(*programs[WARM])   # fills the cache
        samples = processes.in_turn(programs, setting.rounds)
        take_aims(setting, name, samples)
        head = ["program", "s: median (range)", "processor s", "peak MiB", "Horizon's time as a multiple of it", "with machine code kept",
                "futures and statistics alone, s", "Horizon's as a multiple"]
        parts.append(f"{name}: {what}, {futures:,} futures, {setting.threads} threads, {setting.rounds} rounds\n\n"
                     + processes.table(head, [row_of(label, samples) for label in programs]))
    return "\n\n".join(parts)


def threads(setting):
    """W1 with one thread and with two."""
    counts = (1, 2)
    programs = {n: (setting.run(PORTFOLIO, DATA / "portfolio.csv", setting.sizes.w1_long, "--threads", str(n)), NO_CACHE) for n in counts}
    samples = processes.in_turn(programs, setting.rounds)
    gain = ratio(steady(samples[1]), steady(samples[2]))
    setting.aims.append(Aim(f"W1 at {setting.sizes.w1_long:,} futures, one thread's time to two threads'", 1.9, gain, at_least=True))
    rows = [[n, spread(steady(samples[n])).text(3), spread(seconds_of(samples[n])).text(3), ratio(steady(samples[1]), steady(samples[n])).text()]
            for n in counts]
    return (f"W1 at {setting.sizes.w1_long:,} futures, {setting.rounds} rounds\n\n"
            + processes.table(["threads", "futures and statistics, s", "whole process, s", "so many times as fast as one"], rows))
