"""What zarrita, which reads Zarr in browsers, makes of what is served."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

from compare import is_text_of_any_length, texts
from server import ROOT

#: NumPy's kinds that zarrita has types for.
ZARRITA_KINDS = {2: "biufSU", 3: "biuf"}
#: What zarrita has no codec for; v3 is transcoded instead.
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


def check_zarrita(server, version, expected):
    chosen = {path: value for path, value in expected.items() if value.dtype.names is None and value.dtype.kind in ZARRITA_KINDS[version]}
    read = zarrita(server, version, list(chosen))
    passed = 0
    for path, found in read.items():
        if version == 2 and any(f"numcodecs.{name}" in found.get("error", "") for name in ZARRITA_MISSING):
            continue
        assert "error" not in found, f"{path} as v{version}: {found['error']}"
        assert from_script(found["values"], chosen[path].dtype.kind) == words(chosen[path]), f"{path} as v{version}"
        passed += 1
    return passed
