#!/usr/bin/env python3
"""The declared edges between folders are the real ones, and what only one folder may see is seen only there.

layering.py BUILD_DIR: compares BUILD_DIR/layers.json (written by cmake/AddLayer.cmake) with every #include "..." of the sources.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Folder kinds and what a folder of that kind may declare. Only a driver names two verbs.
MAY_USE = {
    "base": set(),
    "noun": {"base", "noun"},
    "leaf": {"base", "noun"},
    "verb": {"base", "noun", "leaf"},
    "driver": {"base", "noun", "leaf", "verb"},
}
# Included path or its beginning -> the only folder that may include it, and not in a header that others include.
CONFINED = {
    "llvm": "compiler/codegen/", "llvm-c": "compiler/codegen/",
    "antlr4-runtime.h": "compiler/parse/", "antlr4-runtime": "compiler/parse/",
    "HorizonLexer.h": "compiler/parse/", "HorizonParser.h": "compiler/parse/",
    "boost/graph": "compiler/depend/",
}
# Headers that touch the world: only where they are listed.
FILES = ("tools/", "runtime/store/file_")
WORLD = {"iostream": ("tools/",), "fstream": FILES, "filesystem": FILES, "fcntl.h": FILES, "sys/stat.h": FILES}


def confined_to(included):
    for prefix, folder in CONFINED.items():
        if included == prefix or included.startswith(prefix + "/"):
            return folder
    return None


def sources(root):
    for top in ("base", "compiler", "runtime", "tools"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".cpp", ".hpp", ".h", ".def"):
                yield path


def edge_problems(layers):
    """Are the declared edges themselves lawful?"""
    found = []
    for folder, layer in layers.items():
        if layer["kind"] not in MAY_USE:
            found.append(f"{folder}: unknown kind {layer['kind']}")
            continue
        for dep in layer["deps"]:
            if dep not in layers:
                found.append(f"{folder}: declares an edge to {dep}, which is no layer")
            elif layers[dep]["kind"] not in MAY_USE[layer["kind"]]:
                found.append(f"{folder}: a {layer['kind']} may not use the {layers[dep]['kind']} {dep}")
            elif folder.startswith("runtime/") and dep.startswith("compiler/"):
                found.append(f"{folder}: the runtime knows nothing of the compiler ({dep})")
    return found


def carriers(includes):
    """Headers that include something confined, directly or through others."""
    found = {name for name, list_ in includes.items() if any(confined_to(path) for _, path in list_)}
    while True:
        more = {name for name, list_ in includes.items() if name not in found and any(path in found for _, path in list_)}
        if not more:
            return {name for name in found if not name.endswith(".cpp")}
        found |= more


def include_problems(relative, included, bracket, layers, root, carrying):
    """What is wrong with one #include line."""
    folder = pathlib.PurePosixPath(relative).parent.as_posix()
    target = pathlib.PurePosixPath(included).parent.as_posix()
    only = confined_to(included)
    if only:
        return [] if relative.startswith(only) else [f"{relative}: <{included}> is confined to {only}"]
    if included in carrying and target != folder:
        return [f"{relative}: {included} brings in what is confined to {target}/; keep that header private"]
    if bracket == "<":
        if included in WORLD and not relative.startswith(WORLD[included]):
            return [f"{relative}: <{included}> belongs to {', '.join(WORLD[included])}"]
        return []
    if target not in layers:
        return [] if (root / included).exists() else [f'{relative}: "{included}" is no file of ours; use <> for libraries']
    if folder in layers and target != folder and target not in layers[folder]["deps"]:
        return [f"{relative}: includes {included}, but {folder} declares no edge to {target}"]
    return []


def problems(layers, root):
    found = edge_problems(layers)
    includes = {path.relative_to(root).as_posix(): INCLUDE.findall(path.read_text(encoding="utf-8")) for path in sources(root)}
    carrying = carriers(includes)
    for relative, list_ in includes.items():
        for bracket, included in list_:
            found += include_problems(relative, included, bracket, layers, root, carrying)
    for folder in sorted({pathlib.PurePosixPath(relative).parent.as_posix() for relative in includes}):
        if folder not in layers and not folder.startswith("tools"):
            found.append(f"{folder}: has sources but no add_layer()")
    return found


def main(build):
    found = problems(json.loads(pathlib.Path(build, "layers.json").read_text(encoding="utf-8")), ROOT)
    print("\n".join(found) or "every include follows a declared edge")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
