"""What zarrita, which reads Zarr in browsers, makes of what is served."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

from compare import is_text_of_any_length, texts
from server import ROOT

#: NumPy's kinds that zarrita has types for; O and T are texts of any length.
ZARRITA_KINDS = {2: "biufSUOT", 3: "biufOT"}
#: What zarrita has no codec for; v3 is transcoded instead, and so are most of them in v2.
ZARRITA_MISSING = ("fletcher32", "quantize", "astype", "packbits", "bitround", "crc32", "adler32", "jenkins_lookup3", "base64", "categorize", "bz2")


def zarrita(server, version, paths):
    asked = {"url": f"{server.url}/zarr/v{version}", "headers": server.headers, "version": version, "paths": [quote(path) for path in paths]}
    node = os.environ.get("TESSERA_TEST_NODE", "node")
    ended = subprocess.run([node, Path(ROOT) / "e2e/read_with_zarrita.mjs"], input=json.dumps(asked), capture_output=True, text=True, timeout=300, check=True)
    return dict(zip(paths, json.loads(ended.stdout).values()))


def words(array):
    """Elements in the forms that the script writes them in."""
    if array.dtype.kind == "S":
        return [element.decode(errors="replace").replace("\0", "") for element in array.reshape(-1).tolist()]
    if is_text_of_any_length(array) or array.dtype.kind == "U":
        return texts(array)
    elements = array.reshape(-1).tolist()
    if array.dtype.kind == "f":
        return [str(float(element)) for element in elements]
    return [str(element) if array.dtype.itemsize == 8 and array.dtype.kind in "iu" else element for element in elements]


def from_script(values, kind):
    return [str(float(value)) for value in values] if kind == "f" else values


def refused_by_zarrita(dtype, filter_, version):
    """Whether zarrita has no type or codec for an array of the matrix: complex numbers, times, raw bytes, structs; in v3 texts of fixed length; in v2 Fletcher's checksum."""
    return dtype.names is not None or dtype.kind not in ZARRITA_KINDS[version] or (version == 2 and filter_ == "fletcher32")


def read_with_zarrita(server, version, expected):
    """Paths of what was read, with the right values, and why the others were not, by path."""
    read, errors = [], {}
    for path, found in zarrita(server, version, list(expected)).items():
        if "error" in found:
            errors[path] = found["error"]
            continue
        assert from_script(found["values"], expected[path].dtype.kind) == words(expected[path]), f"{path} as v{version}"
        read.append(path)
    return read, errors


def check_zarrita(server, version, expected):
    """Reads all that zarrita has types and codecs for; returns how many."""
    read, errors = read_with_zarrita(server, version, {path: value for path, value in expected.items() if value.dtype.names is None and value.dtype.kind in ZARRITA_KINDS[version]})
    unknown = {path: error for path, error in errors.items() if version == 3 or not any(f"numcodecs.{name}" in error for name in ZARRITA_MISSING)}
    assert not unknown
    return len(read)
