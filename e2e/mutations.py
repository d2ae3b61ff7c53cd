"""Damaged files and odd requests, from a seed: the same seed makes the same ones."""

import random
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent

# Formats whose files lie in folders of their own are damaged file by file.
SKIPPED = {"generate.py", "expected.json", "expectations.py", "types_table.py", "cases.json"}


def fixture_files():
    """Golden files of every format, a file each."""
    return sorted(path for path in (ROOT / "fixtures").rglob("*") if path.is_file() and path.name not in SKIPPED and ".zarr/" not in f"{path}/" and path.suffix not in {".py", ".md"})


def fixture_folders():
    """Hierarchies that are folders."""
    return sorted(path for path in (ROOT / "fixtures").rglob("*.zarr") if path.is_dir())


def damage(content, rng):
    """One to four wounds: bits, bytes, runs, holes, cuts, numbers as large as can be."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if not data:
            return bytes(data)
        # Most of what a parser trusts is near the beginning, or the end.
        at = min(len(data) - 1, int(rng.choice([rng.random() ** 3, 1 - rng.random() ** 3, rng.random()]) * len(data)))
        length = rng.choice([1, 2, 4, 8])
        match rng.randrange(8):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at] = rng.randrange(256)
            case 2:
                data[at : at + length] = rng.choice([b"\xff", b"\x00", b"\x7f", b"\x80"]) * length
            case 3:
                data[at : at + length] = rng.randrange(2 ** (8 * length)).to_bytes(length, rng.choice(["little", "big"]))
            case 4:
                del data[at : at + rng.randint(1, 64)]
            case 5:
                data[at:at] = rng.randbytes(rng.randint(1, 64))
            case 6:
                other = rng.randrange(len(data))
                data[at : at + 16] = data[other : other + 16]
            case 7:
                del data[at:]
    return bytes(data)


def write_damaged_files(folder, count, rng):
    """`count` damaged files below `folder`, in folders of at most a hundred."""
    files, folders = fixture_files(), fixture_folders()
    written = 0
    while written < count:
        place = folder / f"part-{written // 100}"
        place.mkdir(exist_ok=True)
        if folders and rng.random() < 0.15:
            written += _write_damaged_folder(rng.choice(folders), place / f"f{written}.zarr", rng)
        else:
            source = rng.choice(files)
            # A letter at the end of the stem: numbered files would be one series.
            (place / f"f{written}x{source.suffix}").write_bytes(damage(source.read_bytes(), rng))
            written += 1
    return written


def _write_damaged_folder(source, target, rng):
    """A hierarchy with some of its files damaged; returns how many."""
    files = [path for path in source.rglob("*") if path.is_file() and path.name not in SKIPPED]
    documents = [path for path in files if path.name.startswith(".z") or path.name == "zarr.json"]
    wounded = set(rng.sample(documents, min(3, len(documents)))) | set(rng.sample(files, min(3, len(files))))
    for path in files:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        copy.write_bytes(damage(content, rng) if path in wounded else content)
    return len(wounded)


ODD_VALUES = [
    "", "0", "-1", "1", "00", "1e3", "9007199254740993", "-9223372036854775809", "NaN", "null", "true", "[]", "{}", '"', "%00", "..", "../..", "*", "::", "::0", "::-1",
    "0:1:0", "1:2:3:4", ",", ",,,", "...", ":,:", "a b", "é", "\U0001f600", "' or 1=1", "<script>", "application/json", "image/png", "text/csv", "application/octet-stream",
    "application/x-hdf5", "application/x-npy", "image/tiff", "text/html", "application/vnd.apache.arrow.file", "x" * 300,
]
PARAMETERS = [
    "slice", "block", "expected_shape", "format", "column", "partition", "fields", "page[limit]", "page[offset]", "page[cursor]", "sort", "levels", "scale", "colormap", "size", "quality",
    "filename", "field", "omit_links", "include_data_sources", "select_metadata", "max_depth", "filter[eq][condition][key]", "filter[eq][condition][value]", "filter[regex][condition][pattern]",
    "filter[fulltext][condition][text]", "filter[in][condition][value]", "metadata", "api_key", "csrf",
]
HEADERS = {
    "range": ["bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3,9-", "bytes=99999999999999999999-", "items=0-1", "bytes=", "bytes=0-1," * 50 + "3-4"],
    "accept": ["*/*", "text/html", "image/png;q=0.1", "x/y", ";;;", "application/json;q=x", "a" * 500],
    "accept-encoding": ["gzip", "zstd", "br", "identity;q=0", "*;q=0", ",,,"],
    "if-none-match": ["*", '"x"', "W/", ",", "x" * 2000],
    "if-range": ['"x"', "Sat, 21 Nov 2026 10:00:00 GMT", "x"],
    "authorization": ["Apikey", "Apikey wrong", "Bearer x", "Basic eDp5", "Bearer " + "a.b.c", ""],
    "x-forwarded-host": ["elsewhere", "a b", "x:y:z"],
    "x-forwarded-proto": ["https", "gopher"],
    "content-type": ["application/json", "x"],
    "cookie": ["tiled_api_key=x", "tiled_csrf=y; ;;", "=" * 100],
}
ROUTES = [
    "/api/v1/", "/api/v1/metadata/{}", "/api/v1/search/{}", "/api/v1/distinct/{}", "/api/v1/array/full/{}", "/api/v1/array/block/{}", "/api/v1/table/full/{}", "/api/v1/table/partition/{}",
    "/api/v1/container/full/{}", "/api/v1/node/full/{}", "/zarr/v2/{}", "/zarr/v2/{}/.zarray", "/zarr/v2/{}/.zattrs", "/zarr/v2/{}/.zgroup", "/zarr/v2/{}/.zmetadata", "/zarr/v2/{}/0.0", "/zarr/v3/{}",
    "/zarr/v3/{}/zarr.json", "/zarr/v3/{}/c/0/0", "/{}", "/array/full/{}", "/dataframe/full/{}", "/healthz", "/readyz", "/api/v1/about/{}", "/api/v1/auth/{}", "/api/v1/asset/bytes/{}",
]


def odd_request(paths, rng):
    """Method, target and headers of a request that is a little, or quite, wrong."""
    path = rng.choice([*paths, "", "nowhere", "a/b/c"])
    if rng.random() < 0.2:
        path += rng.choice(["/", "/..", "/%2e%2e", "/%ff", "/0", "//", "/c/99", "/" + rng.choice(ODD_VALUES[:-1])])
    target = rng.choice(ROUTES).format(quote(path, safe="/%"))
    # The key stays that of the tests, so that most requests come through.
    query = [f"{quote(rng.choice(PARAMETERS), safe='[]')}={quote(rng.choice(ODD_VALUES))}" for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
    headers = {name: rng.choice(HEADERS[name]) for name in rng.sample(sorted(HEADERS), rng.choice([0, 0, 1, 1, 2]))}
    method = rng.choice(["GET"] * 12 + ["HEAD", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    return method, target + ("?" + "&".join(query) if query else ""), headers


def generator(seed):
    return random.Random(seed)
