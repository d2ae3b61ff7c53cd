"""Files of every format that is served, damaged, from a seed: the same seed makes the same ones."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from damage import damage

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
#: What the golden files are made with and compared to.
NOT_DATA = {".py", ".md", ".json"}
#: Files that name each other, so that they are served together.
TOGETHER = {"hdf5-virtual": "*", "hdf5": "parts_*"}
#: Of a kind each: many of them in a folder are one array.
FRAMES = ["image/grey.png", "image/rgb.jpg", "tiff/plain.tif", "tiff/strips_lzw.tif", "npy/big_endian.npy"]
FRAME_COUNT = 6
#: A kind of few files is chosen as often as one of this many.
KIND_WEIGHT = 20
#: Of files that are served together.
WOUNDED_MOST = 8
#: In every folder, and to be served right whatever lies beside it.
GOOD = np.arange(60, dtype="<i4").reshape(5, 12)


@dataclass(frozen=True)
class Source:
    """Files that are served together, by their paths."""

    kind: str
    name: str
    files: dict


def corpus():
    """Golden files of every format: single ones, hierarchies that are folders, parts of one another, series."""
    for folder in sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name != "codecs"):
        together = {path for path in folder.glob(TOGETHER.get(folder.name, "")) if is_data(path)} if folder.name in TOGETHER else set()
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.suffix == ".zarr":
                yield from hierarchies(path)
            elif path.is_dir():
                yield Source(folder.name, path.name, {str(member.relative_to(folder)): member.read_bytes() for member in sorted(path.rglob("*")) if is_data(member)})
            elif is_data(path) and path not in together:
                yield Source(folder.name, path.name, {path.name: path.read_bytes()})
        if together:
            yield Source(f"{folder.name} together", folder.name, {path.name: path.read_bytes() for path in sorted(together)})
    for frame in FRAMES:
        path = FIXTURES / frame
        yield Source("series", path.name, {f"frame_{number:04}{path.suffix}": path.read_bytes() for number in range(FRAME_COUNT)})


def hierarchies(root):
    """The whole of it, and each of its children as one of its own."""
    members = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for top in [root, *(path for path in sorted(root.iterdir()) if path.is_dir())]:
        files = {f"{top.stem}.zarr/{path.relative_to(top)}": path.read_bytes() for path in members if path.is_relative_to(top)}
        yield Source("zarr folder", f"{root.name}/{top.name}", files)


def is_data(path):
    return path.is_file() and path.suffix not in NOT_DATA


def write_corpus(folder):
    """The files as they are, a folder for each kind."""
    for number, source in enumerate(corpus()):
        place = folder / source.kind.replace(" ", "_")
        write(place / f"s{number}" if source.kind == "series" else place, source.files)


def write_damaged_files(folder, count, rng):
    """At least `count` damaged files below `folder`, with good ones among them. Returns how many there are of each kind."""
    by_kind = {}
    for source in corpus():
        by_kind.setdefault(source.kind, []).append(source)
    kinds = [kind for kind, sources in by_kind.items() for _ in range(max(KIND_WEIGHT, len(sources)))]
    written = Counter()
    while written.total() < count:
        kind = rng.choice(kinds)
        source = rng.choice(by_kind[kind])
        place = folder / f"part-{written.total() // 100}"
        if not (place / "good.npy").exists():
            place.mkdir(exist_ok=True)
            np.save(place / "good.npy", GOOD)
        written[kind] += write_damaged(place, f"f{written.total()}", source, rng)
    return written


def write_damaged(place, name, source, rng):
    """Some files of a source, or its only one, damaged; returns how many."""
    paths = list(source.files)
    documents = [path for path in paths if Path(path).name.startswith(".z") or Path(path).name == "zarr.json"]
    wounded = {rng.choice(documents if documents and rng.random() < 0.7 else paths) for _ in range(rng.randint(1, max(1, min(WOUNDED_MOST, len(paths) // 4))))}
    files = {path: damage(content, rng) if path in wounded else content for path, content in source.files.items()}
    if len(files) == 1 and "/" not in paths[0]:
        # A letter at the end of the stem: numbered files would be one series.
        (path,) = files
        write(place, {f"{name}x{''.join(Path(path).suffixes)}": files[path]})
    else:
        write(place / f"{name}x", files)
    return len(wounded)


def write(folder, files):
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
