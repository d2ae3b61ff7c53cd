"""Requests that are a little, or quite, wrong, from a seed: the same seed makes the same ones."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote

from damage import NUMBERS, damage_document, wound

API = "/api/v1"
ODD_VALUES = [
    "", "0", "-1", "1", "00", "1e3", "9007199254740993", "-9223372036854775809", "NaN", "null", "true", "[]", "{}", '"', "%00", "..", "../..", "*", "::", "::0", "::-1",
    "0:1:0", "1:2:3:4", ",", ",,,", "...", ":,:", "a b", "é", "\U0001f600", "' or 1=1", "<script>", "x" * 300,
]
FORMATS = [
    "application/json", "image/png", "image/jpeg", "text/csv", "application/octet-stream", "application/x-hdf5", "application/zip", "application/x-npy", "image/tiff", "text/html", "text/plain",
    "application/vnd.apache.arrow.file", "application/vnd.apache.arrow.stream", "application/json-seq", "csv", "png", "xls", "parquet", "nonsense", "image/png;colormap=viridis",
]
NODE_FIELDS = ["metadata", "structure_family", "structure", "count", "sorting", "specs", "data_sources", "none", "nonsense"]
KEYS = ["units", "title", "a.b", "", "__proto__", "color", "x" * 300, "'", "a\x00b"]
HEADERS = {
    "range": ["bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3,9-", "bytes=99999999999999999999-", "items=0-1", "bytes=", "bytes=0-1," * 50 + "3-4", "bytes=3-9", "bytes=-0", "bytes=8-15,0-7"],
    "accept": ["*/*", "text/html", "image/png;q=0.1", "x/y", ";;;", "application/json;q=x", "a" * 500, "application/x-msgpack", "application/json;q=0"],
    "accept-encoding": ["gzip", "zstd", "br", "identity;q=0", "*;q=0", ",,,", "zstd;q=0.5, gzip;q=1"],
    "if-none-match": ["*", '"x"', "W/", ",", "x" * 2000, 'W/"x", "y"'],
    "if-match": ["*", '"x"'],
    "if-range": ['"x"', "Sat, 21 Nov 2026 10:00:00 GMT", "x"],
    "if-modified-since": ["Sat, 21 Nov 2026 10:00:00 GMT", "yesterday"],
    "authorization": ["Apikey", "Apikey wrong", "Bearer x", "Basic eDp5", "Bearer " + "a.b.c", "", "Apikey \xff\xfe"],
    "host": ["elsewhere", "a b", "[::1", "x:99999", ""],
    "x-forwarded-host": ["elsewhere", "a b", "x:y:z", "\xe9"],
    "x-forwarded-proto": ["https", "gopher"],
    "x-tiled-api-key": ["x"],
    "origin": ["null", "https://viewer.example", "x"],
    "content-type": ["application/json", "x", "application/json; charset=latin1", "multipart/form-data", "application/x-www-form-urlencoded"],
    "expect": ["100-continue", "x"],
    "cookie": ["tiled_api_key=x", "tiled_csrf=y; ;;", "=" * 100],
    "traceparent": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-x", "\xff"],
}
OTHER_ROUTES = [
    "/", "/healthz", "/readyz", "/metrics", "/favicon.ico", f"{API}/", f"{API}/auth/whoami", f"{API}/about/{{}}", f"{API}/asset/bytes/{{}}", f"{API}/register/{{}}", f"{API}/revisions/{{}}", "/browse/{}", "/{}",
    "/array/full/{}", "/dataframe/full/{}", f"{API}/awkward/full/{{}}", f"{API}/ragged/full/{{}}", f"{API}/sparse/full/{{}}",
]
METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "G"]
BODIES = [b"", b"{", b"[]", b'["a"]', b"null", b"[1, 2]", b'{"a": 1}', b"\xff\xfe", b"[" * 5000, b'"' + b"x" * 70_000 + b'"', b'{"structure_family": "array", "data_sources": [{}], "specs": [], "metadata": {}}']


@dataclass
class Node:
    """What is known of a node: enough to ask rightly."""

    path: str
    family: str
    shape: tuple = ()
    chunks: tuple = ()
    columns: tuple = ()

    @property
    def quoted(self):
        return quote(self.path)


@dataclass
class Request:
    method: str = "GET"
    target: str = "/"
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    def __str__(self):
        return f"{self.method} {self.target} {self.headers} {self.body[:200]!r}"


def odd_request(nodes, etags, rng):
    """One that is right for a node, and then, most of the time, is changed. `etags` has those of earlier answers by target."""
    request = Request(target=target_of(rng.choice(nodes), rng))
    for change in rng.choices([None, add_parameter, change_target, change_headers, ask_again, change_method, ask_elsewhere], [3, 4, 5, 4, 1, 1, 1], k=rng.randint(1, 3)):
        if change is not None:
            change(request, nodes, etags, rng)
    return request


def target_of(node, rng):
    """Of a request that is right, or nearly so."""
    quoted = node.quoted
    choices = [f"{API}/metadata/{quoted}", f"{API}/metadata/{quoted}?include_data_sources=true&fields={rng.choice(NODE_FIELDS)}", f"/zarr/v{rng.choice([2, 3])}/{quoted}", *documents_of(quoted)]
    if node.family in ("array", "sparse"):
        choices += 2 * [
            f"{API}/array/full/{quoted}?format={quote(rng.choice(FORMATS))}", f"{API}/array/full/{quoted}?slice={slice_of(node.shape, rng)}&format={quote(rng.choice(FORMATS))}",
            f"{API}/array/full/{quoted}?slice={slice_of(node.shape, rng)}", f"{API}/array/block/{quoted}?block={block_of(node, rng)}", f"{API}/array/block/{quoted}?block={block_of(node, rng)}&slice={slice_of(node.shape, rng)}",
            f"{API}/array/full/{quoted}?expected_shape={','.join(map(str, node.shape)) or 'scalar'}", chunk_key(node, 2, rng), chunk_key(node, 3, rng), chunk_key(node, 2, rng), chunk_key(node, 3, rng),
        ]
    elif node.family == "table":
        columns = "".join(f"&column={quote(rng.choice(node.columns))}" for _ in range(rng.choice([0, 1, 2]))) if node.columns else ""
        choices += 3 * [f"{API}/table/full/{quoted}?format={quote(rng.choice(FORMATS))}{columns}", f"{API}/table/partition/{quoted}?partition={rng.choice([0, 0, 1, 99])}{columns}", f"{API}/node/full/{quoted}?format={quote(rng.choice(FORMATS))}"]
    else:
        choices += [
            f"{API}/search/{quoted}?page[limit]={rng.choice([1, 7, 300, 0])}&page[offset]={rng.choice([0, 3, 999])}", f"{API}/search/{quoted}?{filter_of(rng)}", f"{API}/search/{quoted}?sort={rng.choice(['', '-', '_'])}{quote(rng.choice(KEYS))}",
            f"{API}/distinct/{quoted}?structure_families=true&specs=true&counts=true&metadata={quote(rng.choice(KEYS))}", f"{API}/container/full/{quoted}?format={quote(rng.choice(FORMATS))}",
        ]
    return rng.choice(choices)


def documents_of(quoted):
    return [f"/zarr/v2/{quoted}/{name}" for name in (".zarray", ".zattrs", ".zgroup", ".zmetadata")] + [f"/zarr/v3/{quoted}/zarr.json"]


def filter_of(rng):
    """A query in the form of the contract."""
    kind, names = rng.choice([
        ("eq", ("key", "value")), ("noteq", ("key", "value")), ("in", ("key", "value")), ("notin", ("key", "value")), ("comparison", ("operator", "key", "value")), ("contains", ("key", "value")), ("regex", ("key", "pattern", "case_sensitive")),
        ("fulltext", ("text",)), ("like", ("key", "pattern")), ("specs", ("include", "exclude")), ("structure_family", ("value",)), ("keys_filter", ("keys",)), ("keypresent", ("key", "exists")), ("lookup", ("key",)), ("nonsense", ("a",)),
    ])
    values = {"operator": ["lt", "ge", "xx"], "key": KEYS, "pattern": ["^a", "(", "(a+)+$", "%_%", "[", "a{1,9999}"], "case_sensitive": ["true", "x"], "exists": ["true", "2"], "include": ['["a"]', "a"], "exclude": ["[]"], "keys": ['["image"]', "["], "text": ["image", "'", ""]}
    return "&".join(f"filter[{kind}][condition][{name}]={quote(rng.choice(values.get(name, ['3', '[1,2]', chr(34) + 'a' + chr(34), 'array', '{', 'null'])))}" for name in names)


def slice_of(shape, rng):
    """What fits the shape, more or less."""
    parts = []
    for length in shape[: rng.randint(0, len(shape))]:
        at = [rng.randint(-length - 1, length + 1) for _ in range(2)]
        parts.append(rng.choice([str(at[0]), ":", f"{at[0]}:{at[1]}", f"{at[0]}:", f":{at[1]}:{rng.choice([1, 2, -1, length or 1])}", f"::{rng.choice([2, -1, -2, 0])}", "..."]))
    return ",".join(parts)


def block_of(node, rng):
    return ",".join(rng.choice([str(rng.randint(0, max(0, count - 1))), str(rng.randint(0, max(0, count - 1))), f"{rng.randint(0, count)}:{rng.randint(0, count)}", ":"]) for count in node.chunks)


def chunk_key(node, version, rng):
    index = [str(rng.randint(0, max(0, count - 1))) for count in node.chunks]
    if rng.random() < 0.1 and index:
        index[rng.randrange(len(index))] = rng.choice(["-1", "00", "1e3", "99999", "9" * 25, "x", "", "0x1", "%30"])
    if rng.random() < 0.1:
        index = index[:-1] if rng.random() < 0.5 else [*index, "0"]
    return f"/zarr/v2/{node.quoted}/{'.'.join(index) or '0'}" if version == 2 else f"/zarr/v3/{node.quoted}/{'/'.join(['c', *index])}"


# Changes


def add_parameter(request, nodes, etags, rng):
    names = [
        "slice", "block", "expected_shape", "format", "column", "partition", "fields", "page[limit]", "page[offset]", "page[cursor]", "sort", "levels", "scale", "colormap", "size", "quality", "filename", "field",
        "omit_links", "include_data_sources", "select_metadata", "max_depth", "filter[eq][condition][key]", "filter[regex][condition][pattern]", "filter[", "metadata", "api_key", "csrf", "rows", "where", "filter",
    ]
    values = [*ODD_VALUES, *map(str, NUMBERS), *FORMATS, "0:10", "viridis", "log", "0,100", "64x64", "{a:x}", "a[0]"]
    request.target += ("&" if "?" in request.target else "?") + f"{quote(rng.choice(names), safe='[]')}={quote(rng.choice(values))}"


def change_target(request, nodes, etags, rng):
    """Characters of the path or the query, as they may not be written."""
    text = request.target
    at = rng.randint(1, len(text))
    pieces = ["/", "//", "/..", "/%2e%2e", "%ff", "%", "%zz", "%00", "%2f", "?", "&", "=", "#", "[", ";", "é", "\x7f", "\xff", "0", "9" * 30, "-", ":", ",", ".", "+", " ", "\t", "c/0", rng.choice(ODD_VALUES)]
    match rng.randrange(4):
        case 0:
            request.target = text[:at] + rng.choice(pieces) + text[at:]
        case 1:
            request.target = text[:at] + text[at + rng.randint(1, 8) :]
        case 2:
            request.target = text[: at - 1] + rng.choice(pieces) + text[at:]
        case 3:
            request.target = text[:at]


def change_headers(request, nodes, etags, rng):
    for name in rng.sample(sorted(HEADERS), rng.choice([1, 1, 2])):
        request.headers[name] = rng.choice(HEADERS[name])


def ask_again(request, nodes, etags, rng):
    """For what was answered before, with its tag."""
    if etags:
        request.target = rng.choice(list(etags))
        request.headers[rng.choice(["if-none-match", "if-none-match", "if-range", "if-match"])] = etags[request.target]
        if rng.random() < 0.3:
            request.headers["range"] = rng.choice(HEADERS["range"])


def change_method(request, nodes, etags, rng):
    request.method = rng.choice(["HEAD", "HEAD", "POST", *METHODS])
    if request.method in ("POST", "PUT", "PATCH", "DELETE"):
        body = rng.choice(BODIES)
        request.body = rng.choice([bytes, lambda content: wound(content, rng), lambda content: damage_document(content, rng), lambda _: json.dumps(rng.choice(NUMBERS)).encode()])(body)
        request.headers["content-type"] = rng.choice(["application/json"] * 4 + HEADERS["content-type"])


def ask_elsewhere(request, nodes, etags, rng):
    request.target = rng.choice(OTHER_ROUTES).format(rng.choice(nodes).quoted)
