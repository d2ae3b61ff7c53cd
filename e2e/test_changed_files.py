"""Files that change while they are served: what is read in between is old, new, or refused, and soon it is new."""

import os
import shutil
import threading

import h5py
import httpx
import numpy as np
import pytest
import zarr

from server import Server
from waiting import wait_until

#: What a read may answer while a file is not what it was: it changed, it cannot be read, its key is not known.
REFUSED = {404, 409, 410}
ROWS = 5


def replace(path, write):
    """Another file under the same name, at once, as careful writers do."""
    beside = path.with_name(f".{path.name}.new")
    write(beside)
    os.replace(beside, path)


def save_npy(path, array):
    with open(path, "wb") as file:
        np.save(file, array)


def write_h5(path, rows):
    with h5py.File(path, "w") as file:
        data = np.arange(rows * 3, dtype="<i4").reshape(rows, 3)
        file.create_dataset("entry/growing", data=data, chunks=(2, 3), maxshape=(None, 3))
        file["entry/fixed"] = np.arange(4, dtype="<f8")
        file["entry"].attrs["rows"] = rows


def write_csv(path, columns, rows):
    lines = [",".join(columns), *(",".join(str(row * 10 + at) for at in range(len(columns))) for row in range(rows))]
    path.write_text("\n".join(lines) + "\n")


def write_zarr(path, values):
    group = zarr.open_group(path, mode="w", zarr_format=2)
    array = group.create_array("deep/values", shape=values.shape, chunks=(4,), dtype=values.dtype)
    array[...] = values


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("changing")
    for name in ("rewritten", "reshaped", "cut", "mended", "deleted", "returning", "busy", "watched"):
        save_npy(path / f"{name}.npy", np.arange(12, dtype="<i4"))
    for name in ("appended", "halved"):
        write_h5(path / f"{name}.h5", ROWS)
    for name in ("table", "longer"):
        write_csv(path / f"{name}.csv", ["a", "b"], ROWS)
    write_zarr(path / "hierarchy.zarr", np.arange(8, dtype="<i2"))
    write_zarr(path / "chunks.zarr", np.arange(8, dtype="<i2"))
    (path / "sub").mkdir()
    save_npy(path / "sub" / "neighbour.npy", np.arange(7, dtype="<u2"))
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder):
    with Server(tmp_path_factory.mktemp("server"), folder) as running:
        names = [name.split(".")[0] for name in os.listdir(folder) if name != "sub"]
        yield running.wait_for(*names, "sub/neighbour")


@pytest.fixture(autouse=True)
def neighbour_is_well(server):
    """Whatever happens to the other files, this one is read before and after, by its first tag."""
    before = server.get("/api/v1/array/full/sub/neighbour?format=application/octet-stream")
    yield
    after = server.get("/api/v1/array/full/sub/neighbour?format=application/octet-stream")
    assert (after.status_code, after.content) == (200, np.arange(7, dtype="<u2").tobytes())
    assert after.headers["etag"] == before.headers["etag"]


def rest_array(server, key):
    """(status, bytes) of an array over REST."""
    answer = server.get(f"/api/v1/array/full/{key}?format=application/octet-stream")
    return answer.status_code, answer.content


def table_rows(server, key):
    """(status, rows) of a table over REST."""
    answer = server.get(f"/api/v1/table/full/{key}?format=application/json-seq")
    return answer.status_code, [line for line in answer.text.splitlines() if line]


def soon(read, old, new):
    """Reads until there is the new content; what is read until then is the old, or refused."""
    seen = []

    def is_new():
        status, content = read()
        seen.append(status)
        if status == 200 and content == new:
            return True
        assert status in REFUSED or (status == 200 and content == old), (status, content[:200])
        return False

    wait_until(is_new, f"the new content; answers so far: {seen[-20:]}", 60)


def soon_refused(server, path, statuses):
    wait_until(lambda: server.get(path).status_code in statuses, f"{path} answers one of {statuses}", 60)


def metadata(server, key):
    answer = server.get(f"/api/v1/metadata/{key}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["attributes"]


def zarr_bytes(server, path):
    """(status, bytes) of an array as zarr-python reads it: a failed read is a status, too."""
    shape = server.get(f"/zarr/v2/{path}/.zarray")
    if shape.status_code != 200:
        return shape.status_code, b""
    try:
        return 200, server.zarr(path)[...].tobytes()
    except Exception as error:  # what fsspec makes of a status is its own affair
        status = server.get(f"/zarr/v2/{path}/0").status_code
        return (status if status in REFUSED else 409 if "409" in repr(error) or "Conflict" in repr(error) else status), b""


def test_a_rewritten_array(server, folder):
    old, new = np.arange(12, dtype="<i4"), np.arange(100, 112, dtype="<i4")
    assert rest_array(server, "rewritten") == (200, old.tobytes())
    tag = server.get("/api/v1/array/full/rewritten?format=application/octet-stream").headers["etag"]
    replace(folder / "rewritten.npy", lambda path: save_npy(path, new))
    soon(lambda: rest_array(server, "rewritten"), old.tobytes(), new.tobytes())
    assert server.get("/api/v1/array/full/rewritten?format=application/octet-stream").headers["etag"] != tag
    assert server.zarr("rewritten")[...].tolist() == new.tolist()
    assert server.client()["rewritten"].read().tolist() == new.tolist()


def test_an_array_of_another_shape_and_type(server, folder):
    old, new = np.arange(12, dtype="<i4"), np.linspace(0, 1, 10, dtype=">f8").reshape(2, 5)
    assert zarr_bytes(server, "reshaped") == (200, old.tobytes())
    before = metadata(server, "reshaped")["structure"]
    replace(folder / "reshaped.npy", lambda path: save_npy(path, new))
    soon(lambda: rest_array(server, "reshaped"), old.tobytes(), new.tobytes())
    structure = metadata(server, "reshaped")["structure"]
    assert (before["shape"], structure["shape"]) == ([12], [2, 5])
    assert structure["data_type"]["kind"] == "f" and structure["data_type"]["endianness"] == "big"
    array = server.zarr("reshaped")
    assert array.shape == (2, 5) and np.array_equal(array[...], new)


def test_a_tag_from_before_is_not_confirmed_for_ever(server, folder):
    """A client that asks only whether its copy is still good."""
    path = "/zarr/v2/chunks/deep/values/0"
    answer = server.get(path)
    assert answer.status_code == 200
    new = np.arange(50, 58, dtype="<i2")
    shutil.rmtree(folder / "chunks.zarr")
    write_zarr(folder / "chunks.zarr", new)

    def is_told():
        again = httpx.get(f"{server.url}{path}", headers={**server.headers, "If-None-Match": answer.headers["etag"]}, timeout=60)
        assert again.status_code in REFUSED | {200, 304}
        return again.status_code == 200

    wait_until(is_told, "the client is told of the change")
    soon(lambda: zarr_bytes(server, "chunks/deep/values"), None, new.tobytes())


def test_a_shape_that_is_asked_for_alone(server, folder):
    """A client that waits for more rows reads no data while it waits."""
    assert metadata(server, "watched")["structure"]["shape"] == [12]
    save_npy(folder / "watched.npy", np.arange(20, dtype="<i4"))
    wait_until(lambda: metadata(server, "watched")["structure"]["shape"] == [20], "the metadata tell the new shape")


def test_an_appended_dataset(server, folder):
    def data(rows):
        return np.arange(rows * 3, dtype="<i4").reshape(rows, 3)

    assert rest_array(server, "appended/entry/growing") == (200, data(ROWS).tobytes())
    before = ROWS
    for rows in (ROWS + 4, ROWS + 40):
        with h5py.File(folder / "appended.h5", "r+") as file:
            file["entry/growing"].resize(rows, axis=0)
            file["entry/growing"][...] = data(rows)
            file["entry"].attrs["rows"] = rows
        soon(lambda: rest_array(server, "appended/entry/growing"), data(before).tobytes(), data(rows).tobytes())
        before = rows
        assert metadata(server, "appended/entry/growing")["structure"]["shape"] == [rows, 3]
        assert metadata(server, "appended/entry")["metadata"]["rows"] == rows
        assert rest_array(server, "appended/entry/fixed") == (200, np.arange(4, dtype="<f8").tobytes())
        assert np.array_equal(server.zarr("appended")["entry/growing"][...], data(rows))


def test_a_longer_table(server, folder):
    status, old = table_rows(server, "longer")
    assert status == 200 and len(old) == ROWS
    with open(folder / "longer.csv", "a") as file:
        file.write("900,901\n")
    soon(lambda: table_rows(server, "longer"), old, [*old, '{"a":900,"b":901}'])


def test_a_table_with_other_columns(server, folder):
    status, old = table_rows(server, "table")
    assert status == 200
    replace(folder / "table.csv", lambda path: write_csv(path, ["b", "c", "d"], 2))
    soon(lambda: table_rows(server, "table"), old, ['{"b":0,"c":1,"d":2}', '{"b":10,"c":11,"d":12}'])
    assert metadata(server, "table")["structure"]["columns"] == ["b", "c", "d"]
    assert server.get("/api/v1/array/full/table/a?format=application/octet-stream").status_code == 404
    assert np.array_equal(server.zarr("table/d")[...], [2, 12])


def test_an_array_within_a_zarr_hierarchy(server, folder):
    old, new = np.arange(8, dtype="<i2"), np.linspace(0, 1, 11)
    assert zarr_bytes(server, "hierarchy/deep/values") == (200, old.tobytes())
    array = zarr.open_array(folder / "hierarchy.zarr/deep/values", mode="r+", zarr_format=2)
    array[:4] = changed = [9, 9, 9, 9]
    # The chunks of a hierarchy are read as they lie there.
    old, before = np.array([*changed, 4, 5, 6, 7], dtype="<i2"), old
    soon(lambda: zarr_bytes(server, "hierarchy/deep/values"), before.tobytes(), old.tobytes())
    shutil.move(folder / "hierarchy.zarr/deep/values", folder / ".aside")
    group = zarr.open_group(folder / "hierarchy.zarr/deep", mode="r+", zarr_format=2)
    group.create_array("values", shape=new.shape, chunks=(4,), dtype=new.dtype)[...] = new
    soon(lambda: rest_array(server, "hierarchy/deep/values"), old.tobytes(), new.tobytes())
    assert metadata(server, "hierarchy/deep/values")["structure"]["shape"] == [11]
    assert np.array_equal(server.zarr("hierarchy")["deep/values"][...], new)


@pytest.mark.parametrize("file, node", [("cut.npy", "cut"), ("halved.h5", "halved/entry/growing")])
def test_a_truncated_file(server, folder, file, node):
    status, _ = rest_array(server, node)
    assert status == 200
    os.truncate(folder / file, (folder / file).stat().st_size // 2)
    soon_refused(server, f"/api/v1/array/full/{node}?format=application/octet-stream", {410})
    key = file.split(".")[0]
    # A dataset may be cut where the rest of its file is whole.
    answer = server.get(f"/api/v1/metadata/{node}")
    assert answer.status_code == 410 and len(answer.json()["detail"]) > 10 and str(folder) not in answer.text
    assert server.get(f"/zarr/v2/{node}/.zarray").status_code in {404, 410}
    assert key in server.keys()


def test_a_file_that_was_cut_short_and_is_whole_again(server, folder):
    new = np.arange(5, dtype="<u8")
    os.truncate(folder / "mended.npy", 100)
    soon_refused(server, "/api/v1/array/full/mended", {410})
    save_npy(folder / "mended.npy", new)
    soon(lambda: rest_array(server, "mended"), None, new.tobytes())
    assert metadata(server, "mended")["structure"]["shape"] == [5]


def test_a_deleted_file(server, folder):
    assert rest_array(server, "deleted")[0] == 200
    (folder / "deleted.npy").unlink()
    for path in ("/api/v1/array/full/deleted", "/api/v1/metadata/deleted", "/zarr/v2/deleted/.zarray", "/zarr/v2/deleted/0"):
        soon_refused(server, path, {404, 410})
    assert {server.get("/api/v1/array/full/deleted").status_code for _ in range(5)} <= {404, 410}


def test_a_deleted_file_that_comes_back(server, folder):
    new = np.arange(3, dtype="<i8")
    (folder / "returning.npy").unlink()
    soon_refused(server, "/api/v1/array/full/returning", {404, 410})
    save_npy(folder / "returning.npy", new)
    soon(lambda: rest_array(server, "returning"), None, new.tobytes())


def test_reads_during_many_changes(server, folder):
    """Contents follow each other while clients read: each answer is one of them, whole, or a refusal."""
    generations = [np.full(12, number, dtype="<i4") for number in range(1, 9)]
    contents = {array.tobytes(): number for number, array in enumerate(generations)}
    contents[np.arange(12, dtype="<i4").tobytes()] = -1
    stop, wrong, current = threading.Event(), [], {}

    def read(name):
        last = -1
        while not stop.is_set():
            status, content = rest_array(server, "busy")
            known = contents.get(content, None) if status == 200 else None
            if status not in REFUSED | {200} or (status == 200 and (known is None or known < last)):
                wrong.append((status, content, last))
            elif status == 200:
                last = current[name] = known

    readers = [threading.Thread(target=read, args=(name,)) for name in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number, array in enumerate(generations):
            replace(folder / "busy.npy", lambda path, array=array: save_npy(path, array))
            wait_until(lambda number=number: wrong or all(current.get(name, -1) >= number for name in range(3)), f"all see content {number}: {current}")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []
