"""Files in an S3 server, served in place: read like local ones, and never as a mixture when they are overwritten."""

import io
import threading
from urllib.parse import quote

import h5py
import httpx
import numpy as np
import pandas
import pytest
import zarr

from compare import assert_same
from s3_server import KEY, SECRET, S3Server, needs_versitygw
from server import Server
from waiting import wait_until

pytestmark = needs_versitygw

#: What a read may answer while an object is not what it was: it changed, it cannot be read, its key is not known.
REFUSED = {404, 409, 410}
STACK = np.arange(24 * 40 * 30, dtype="<u2").reshape(24, 40, 30)
TABLE = pandas.DataFrame({"name": ["a", "b", "ü", "d"] * 50, "value": np.linspace(0, 1, 200), "count": np.arange(200)})


def h5_bytes(write):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write(file)
    return content.getvalue()


def write_stack(file):
    file.create_dataset("entry/stack", data=STACK, chunks=(1, 40, 30), compression="gzip", shuffle=True)
    file["entry/plain"] = STACK[:3]
    file["entry/near"] = h5py.ExternalLink("other.h5", "/values")
    file["entry/beyond"] = h5py.ExternalLink("../secret.h5", "/values")
    file["entry"].attrs["sample"] = "LaB6"
    for name, source in {"virtual": "other.h5", "virtual_beyond": "../secret.h5"}.items():
        layout = h5py.VirtualLayout(shape=(2, 40, 30), dtype="<u2")
        layout[1] = h5py.VirtualSource(source, "values", shape=(40, 30))
        file.create_virtual_dataset(f"entry/{name}", layout, fillvalue=9)


def write_frames(value, count):
    """A stack of one value, whose shape and chunks are those of no other value."""
    data = np.full((count, 50, 20), value, dtype="<i4")
    return h5_bytes(lambda file: file.create_dataset("stack", data=data, chunks=(1 + value % 3, 50, 20), compression="gzip" if value % 2 else None))


def write_hierarchies(folder):
    for version in (2, 3):
        group = zarr.open_group(folder / f"v{version}.zarr", mode="w", zarr_format=version, attributes={"version": version})
        array = group.create_array("deep/values", shape=STACK.shape, chunks=(5, 16, 16), dtype=STACK.dtype)
        array[...] = STACK
    sharded = zarr.create_array(folder / "sharded.zarr", shape=STACK.shape, chunks=(2, 20, 15), shards=(8, 40, 30), dtype=STACK.dtype, zarr_format=3)
    sharded[...] = STACK


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with S3Server(tmp_path_factory.mktemp("objects")) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory, s3):
    local = tmp_path_factory.mktemp("local")
    write_hierarchies(local)
    s3.upload(local, "run 1/zarr")
    parquet, npy = io.BytesIO(), io.BytesIO()
    TABLE.to_parquet(parquet, row_group_size=60)
    np.save(npy, STACK)
    secret = h5_bytes(lambda file: file.create_dataset("values", data=np.arange(3)))
    for key, content in {
        "run 1/scan.h5": h5_bytes(write_stack),
        "run 1/other.h5": h5_bytes(lambda file: file.create_dataset("values", data=STACK[5])),
        "run 1/odd/a b+c #1 50%20é&=.npy": npy.getvalue(),
        "run 1/tables/pets.parquet": parquet.getvalue(),
        "run 1/tables/list.csv": TABLE.to_csv(index=False).encode(),
        "run 1/damaged.h5": h5_bytes(write_stack)[:90],
        "run 1/busy.h5": write_frames(1, 30),
        "run 1/tag.npy": npy.getvalue(),
        "secret.h5": secret,
        "run 10/secret.h5": secret,
    }.items():
        s3.put(key, content)
    with Server(tmp_path_factory.mktemp("server"), f"s3://{s3.bucket}/run 1", environment=s3.environment) as running:
        yield running.wait_for("scan", "odd", "tables/pets", "tables/list", "zarr/v2", "zarr/v3", "zarr/sharded", "damaged", "busy", "tag")


@pytest.fixture(scope="module")
def client(server):
    return server.client()


def test_hdf5_arrays_are_read_in_blocks_slices_and_whole(client):
    node = client["scan", "entry"]
    assert node.metadata["sample"] == "LaB6"
    assert_same(node["stack"].read(), STACK, "whole")
    assert_same(node["stack"][3:17:4, ::-2, 5], STACK[3:17:4, ::-2, 5], "slice")
    assert_same(node["plain"].read(), STACK[:3], "contiguous")
    assert_same(node["near"].read(), STACK[5], "in another object, by an external link")
    assert_same(node["virtual"].read(), np.stack([np.full((40, 30), 9, "<u2"), STACK[5]]), "put together from another object")


def test_what_lies_outside_the_prefix_is_not_read(server):
    answer = server.get("/api/v1/metadata/scan/entry/beyond")
    assert answer.status_code == 410 and "outside" in answer.text
    # HDF5 itself shows the fill value where it cannot open a source.
    values = server.get("/api/v1/array/full/scan/entry/virtual_beyond?format=application/octet-stream")
    assert values.status_code == 410 or set(np.frombuffer(values.content, "<u2")) == {9}
    assert set(server.keys()) == {"busy", "damaged", "odd", "other", "scan", "tables", "tag", "zarr"}


def test_zarr_hierarchies_are_read(client, server):
    for version in ("v2", "v3"):
        assert_same(client["zarr", version, "deep", "values"].read(), STACK, version)
        assert server.zarr(f"zarr/{version}").attrs["version"] == int(version[1])
        assert_same(server.zarr(f"zarr/{version}/deep/values")[...], STACK, version)
    assert_same(client["zarr", "sharded"][3:9, 7:33:5], STACK[3:9, 7:33:5], "inner chunks of shards")


def test_zarr_clients_read_chunks_of_hdf5(server):
    assert_same(server.zarr("scan/entry/stack")[...], STACK, "all chunks")


def test_tables_are_read(client):
    for name in ("pets", "list"):
        table = client["tables", name].read()
        assert {column: table[column].tolist() for column in table} == {column: TABLE[column].tolist() for column in TABLE}, name


def test_keys_of_any_characters_are_read(server):
    assert server.keys("odd") == ["a b+c #1 50%20é&="]
    answer = server.get("/api/v1/array/full/odd/" + quote("a b+c #1 50%20é&=", safe="") + "?format=application/octet-stream")
    assert answer.content == STACK.tobytes()


def test_a_damaged_object_is_a_node_with_a_problem(server):
    answer = server.get("/api/v1/metadata/damaged")
    assert answer.status_code == 410 and answer.json()["detail"]


def test_an_object_of_the_same_length_and_second_is_another(server, s3):
    """Its time says nothing, its tag does."""
    path = "/api/v1/array/full/tag?format=application/octet-stream"
    before = server.get(path)
    changed = io.BytesIO()
    np.save(changed, STACK[::-1].copy())
    s3.put("run 1/tag.npy", changed.getvalue())

    def answers_anew():
        answer = server.get(path)
        assert answer.status_code in {200, *REFUSED}, answer.text
        if answer.status_code != 200:
            return False
        assert answer.content in (before.content, STACK[::-1].tobytes())
        return answer.content != before.content and answer.headers["etag"] != before.headers["etag"]

    wait_until(answers_anew, "the new object is read")


def test_an_object_that_is_overwritten_while_read_is_never_a_mixture(server, s3):
    answers, problems, stop = set(), [], threading.Event()
    paths = ["/api/v1/array/full/busy/stack?format=application/octet-stream", "/zarr/v2/busy/stack/0.0.0", "/api/v1/array/block/busy/stack?block=1,0,0&format=application/octet-stream"]

    def read(path):
        with httpx.Client(headers=server.headers, timeout=120) as http:
            while not stop.is_set():
                try:
                    answer = http.get(f"{server.url}{path}")
                except httpx.RemoteProtocolError:
                    continue  # a long answer that was begun when the object changed
                if answer.status_code not in {200, *REFUSED}:
                    problems.append((path, answer.status_code, answer.text))
                elif answer.status_code == 200 and "zarr" not in path:
                    values = set(np.frombuffer(answer.content, "<i4").tolist())
                    answers.update(values)
                    if len(values) > 1:
                        problems.append((path, "a mixture", values))

    readers = [threading.Thread(target=read, args=(path,)) for path in paths for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for value in range(2, 9):
            s3.put("run 1/busy.h5", write_frames(value, 30 - value))
            wait_until(lambda: value in answers or problems, f"the frames of value {value} are read", 60)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert problems == []
    assert_same(server.client()["busy", "stack"].read(), np.full((22, 50, 20), 8, "<i4"), "at the end")


def test_an_object_that_is_removed_is_gone_and_comes_back(server, s3):
    path = "/api/v1/array/full/other/values?format=application/octet-stream"
    content = h5_bytes(lambda file: file.create_dataset("values", data=STACK[7]))
    assert server.get(path).status_code == 200
    s3.remove("run 1/other.h5")
    wait_until(lambda: server.get(path).status_code in {404, 410}, "it is gone")
    s3.put("run 1/other.h5", content)
    wait_until(lambda: server.get(path).content == STACK[7].tobytes(), "it is back, with new values")


def test_credentials_are_neither_logged_nor_sent(server):
    shown = server.log() + server.get("/api/v1/metadata/scan?include_data_sources=true").text + server.get("/readyz").text
    assert KEY not in shown and SECRET not in shown
