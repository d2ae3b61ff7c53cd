"""Files of a web server, served in place: single files, and zarr hierarchies by their consolidated metadata."""

import os

import h5py
import numpy as np
import pytest
import xarray
import zarr

from compare import assert_same
from http_files import FileServer
from server import Server
from waiting import wait_until

STACK = np.arange(12 * 64 * 64, dtype="<i4").reshape(12, 64, 64)


def write_h5(path, values):
    with h5py.File(path, "w") as file:
        file.create_dataset("entry/stack", data=values, chunks=(1, 64, 64), compression="gzip")
        file["entry/other"] = h5py.ExternalLink("secret.h5", "/entry/stack")


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    (folder / "public data").mkdir()
    write_h5(folder / "public data" / "scan.h5", STACK)
    write_h5(folder / "public data" / "changing.h5", STACK)
    write_h5(folder / "public data" / "secret.h5", STACK)
    for version in (2, 3):
        dataset = xarray.Dataset({"image": (("y", "x"), STACK[0])}, coords={"y": np.arange(64.0), "x": np.arange(64) * 2})
        dataset.to_zarr(folder / f"v{version}.zarr", zarr_format=version, consolidated=True)
    with FileServer(folder) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory, web):
    paths = [f"{web.url}/{path}" for path in ("public%20data/scan.h5", "public%20data/changing.h5", "v2.zarr", "v3.zarr")]
    with Server(tmp_path_factory.mktemp("server"), *paths) as running:
        yield running.wait_for("scan", "changing", "v2", "v3")


def test_a_file_is_read_by_ranges(server, web):
    stack = server.client()["scan", "entry", "stack"]
    web.requests.clear()
    assert_same(stack[7], STACK[7], "one frame")
    reads = [request for request in web.requests if request[0] == "GET"]
    assert len(reads) == 1 and reads[0][2], reads
    assert_same(stack.read(), STACK, "whole")
    assert_same(server.zarr("scan/entry/stack")[...], STACK, "as zarr")


def test_only_what_is_served_is_asked_for(server, web):
    assert server.get("/api/v1/metadata/scan/entry/other").status_code == 410
    assert not [request for request in web.requests if "secret" in request[1]]


def test_zarr_hierarchies_are_read_through_their_consolidated_metadata(server):
    for key in ("v2", "v3"):
        assert set(server.keys(key)) == {"image", "y", "x"}
        assert_same(server.client()[key, "image"].read(), STACK[0], key)
        assert_same(zarr.open_array(f"{server.url}/zarr/v2/{key}/x", mode="r", storage_options={"headers": server.headers})[...], np.arange(64) * 2, key)


def test_a_file_that_is_replaced_is_read_anew(server, web):
    path = "/api/v1/array/full/changing/entry/stack?format=application/octet-stream"
    assert server.get(path).content == STACK.tobytes()
    beside = web.folder / "new.h5"
    write_h5(beside, STACK[:5] + 1)
    os.replace(beside, web.folder / "public data" / "changing.h5")

    def is_new():
        answer = server.get(path)
        assert answer.status_code in {200, 404, 409, 410}, answer.text
        assert answer.status_code != 200 or answer.content in (STACK.tobytes(), (STACK[:5] + 1).tobytes())
        return answer.status_code == 200 and answer.content == (STACK[:5] + 1).tobytes()

    wait_until(is_new, "the new file is read")
