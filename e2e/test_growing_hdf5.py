"""A file that a detector is writing (HDF5 SWMR): read at a size that it had, never an error, longer when asked again."""

import os
import subprocess
import sys
import textwrap
import time

import h5py
import numpy as np
import pytest

from server import Server
from waiting import wait_until

ROWS, COLUMNS = 40, 50

# A process of its own, as a detector's: frame n holds n everywhere. It writes on until it is told to end.
WRITER = textwrap.dedent(f"""
    import sys, time
    import h5py, numpy as np
    with h5py.File(sys.argv[1], "w", libver="latest") as f:
        frames = f.create_dataset("entry/frames", (0, {ROWS}, {COLUMNS}), "<u4", maxshape=(None, {ROWS}, {COLUMNS}), chunks=(1, {ROWS}, {COLUMNS}), compression="gzip")
        times = f.create_dataset("entry/times", (0,), "<f8", maxshape=(None,), chunks=(16,))
        f["entry/title"] = "growing"
        f.swmr_mode = True
        print("open", flush=True)
        for number in range(int(sys.argv[2])):
            frames.resize(number + 1, axis=0)
            frames[number] = number
            frames.flush()
            times.resize(number + 1, axis=0)
            times[number] = number
            times.flush()
            time.sleep(0.02)
        print("written", flush=True)
        sys.stdin.readline()
""")


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    path = tmp_path_factory.mktemp("growing") / "scan.h5"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path), "1500"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    time.sleep(0.5)
    yield path, process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def master(writer):
    """A virtual dataset of two files, of which the second is not written yet."""
    folder = writer[0].parent
    with h5py.File(folder / "part_0.h5", "w") as f:
        f["data"] = np.arange(12, dtype="<i4").reshape(3, 4)
    layout = h5py.VirtualLayout((6, 4), "<i4")
    for number in range(2):
        layout[3 * number:3 * number + 3] = h5py.VirtualSource(f"part_{number}.h5", "data", (3, 4), dtype="<i4")
    with h5py.File(folder / "master.h5", "w") as f:
        f.create_virtual_dataset("all", layout, fillvalue=-1)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, writer, master):
    with Server(tmp_path_factory.mktemp("server"), writer[0].parent) as running:
        yield running.wait_for("scan/entry/frames", "master/all")


def frames_of(server):
    """Length as the metadata say, and the bytes that are read of that node right after."""
    described = server.get("/api/v1/metadata/scan/entry/frames")
    assert described.status_code == 200, described.text
    length = described.json()["data"]["attributes"]["structure"]["shape"][0]
    answer = server.get("/api/v1/array/full/scan/entry/frames?format=application/octet-stream")
    assert answer.status_code == 200, (answer.status_code, answer.text[:300])
    return length, answer.content


def test_is_read_while_it_grows(server, writer):
    lengths = []
    until = time.monotonic() + 12
    while time.monotonic() < until:
        described, content = frames_of(server)
        read = np.frombuffer(content, "<u4").reshape(-1, ROWS, COLUMNS)
        assert len(read) >= described
        # Every frame is whole, and the one that belongs there; one that was made room for may not be there yet.
        values = read[:, 0, 0]
        assert (read == values[:, None, None]).all()
        assert (values[:-1] == np.arange(len(values))[:-1]).all()
        assert values.size == 0 or values[-1] in (0, len(values) - 1)
        lengths.append(len(read))
        assert server.get("/api/v1/array/full/scan/entry/times?format=application/octet-stream").status_code == 200
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 2, lengths


def test_a_part_that_comes_later_is_found(server, master):
    def read():
        answer = server.get("/api/v1/array/full/master/all?format=application/octet-stream")
        assert answer.status_code == 200, answer.text
        return np.frombuffer(answer.content, "<i4").reshape(6, 4)

    first = np.arange(12).reshape(3, 4)
    assert (read() == np.concatenate([first, np.full((3, 4), -1)])).all()
    with h5py.File(master / ".part", "w") as f:
        f["data"] = 100 + np.arange(12, dtype="<i4").reshape(3, 4)
    os.replace(master / ".part", master / "part_1.h5")
    wait_until(lambda: (read() == np.concatenate([first, 100 + first])).all(), "the second part is read", 60)


def test_zarr_reads_it_while_it_grows(server, writer):
    lengths = set()
    for _ in range(6):
        array = server.zarr("scan/entry/frames")
        read = array[:, 3, 4]
        assert (read[:-1] == np.arange(len(read))[:-1]).all()
        lengths.add(len(read))
        time.sleep(0.7)
    assert len(lengths) > 1


def test_is_whole_when_it_is_closed(server, writer):
    path, process = writer
    assert process.stdout.readline() == "written\n"
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(30) == 0

    def is_whole():
        answer = server.get("/api/v1/array/full/scan/entry/frames?format=application/octet-stream")
        assert answer.status_code in (200, 409), answer.text
        expected = np.broadcast_to(np.arange(1500, dtype="<u4")[:, None, None], (1500, ROWS, COLUMNS)).tobytes()
        return answer.status_code == 200 and answer.content == expected

    wait_until(is_whole, "all frames are there", 60)
