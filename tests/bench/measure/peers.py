"""The hand-written programs that Horizon is compared with, built where their sources and tools are at hand."""
import pathlib
import shutil
import subprocess
import sys

SYSTEM_PYTHON = "/usr/bin/python3"
FLAGS = ["-std=c++20", "-O3", "-march=native"]
# Label: folder of its sources seen from FOLDER (and where it is built), program, files, commands. The exact one reads ../peers/common.hpp.
SOURCES = {
    "plain C++": ("../peers", "cpp_plain", ["cpp_plain.cpp", "common.hpp"], [["g++", *FLAGS, "-ffast-math", "cpp_plain.cpp", "-o", "cpp_plain", "-lpthread"]]),
    "expert C++": ("../peers", "cpp_expert", ["cpp_expert.cpp", "common.hpp", "gen_tables.py"],
                   [[SYSTEM_PYTHON, "gen_tables.py"],
                    ["g++", *FLAGS, "-mprefer-vector-width=512", "cpp_expert.cpp", "-o", "cpp_expert", "-lpthread"]]),
    "exact prototype": ("../exact", "exact_kernel", ["exact_kernel.cpp", "const.h", "simd.hpp", "stats.inc", "tables.hpp"],
                        [["g++", *FLAGS, "-ffp-contract=off", "-w", "-I.", "-mprefer-vector-width=512", "exact_kernel.cpp", "-o", "exact_kernel",
                          "-lpthread"]]),
}
# What a peer is not made for.
NOT_FOR = {"exact prototype": {"W2"}, "NumPy": {"W1-100k"}}


def say(label, reason):
    print(f"left out: {label}: {reason}", file=sys.stderr)


def build(folder, build_folder, left_out):
    """Label to command. Says which are left out and why."""
    if folder is None:
        say("all peers", "no --peers FOLDER")
        return {}
    built = {}
    for label, (place, program, files, commands) in SOURCES.items():
        if label in left_out:
            continue
        target = build_folder / pathlib.Path(place).name
        target.mkdir(parents=True, exist_ok=True)
        try:
            if not (target / program).exists():
                for name in files:
                    shutil.copy((folder if place == "../peers" else folder / place) / name, target / name)
                for command in commands:
                    subprocess.run(command, cwd=target, check=True, capture_output=True, text=True)
            built[label] = [str(target / program)]
        except (OSError, subprocess.CalledProcessError) as error:
            say(label, f"{error}\n{getattr(error, 'stderr', '') or ''}".strip())
    if "NumPy" not in left_out:
        if not (folder / "peer_numpy.py").exists():
            say("NumPy", f"there is no {folder / 'peer_numpy.py'}")
        elif subprocess.run([SYSTEM_PYTHON, "-c", "import numpy"], capture_output=True).returncode != 0:
            say("NumPy", "not installed (apt-get install python3-numpy)")
        else:
            built["NumPy"] = [SYSTEM_PYTHON, str(folder / "peer_numpy.py")]
    return built
