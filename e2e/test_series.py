"""Files whose names differ in a running number: one array, whatever is missing or broken among them."""

import os
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from compare import assert_same
from make_series import APART, SERIES, make_series
from server import Server
from waiting import wait_until

by_series = pytest.mark.parametrize("series", SERIES, ids=lambda series: series.name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_series(tmp_path_factory.mktemp("series"))


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), folder) as running:
        running.wait_for(*[series.key for series in SERIES], *[key for _, _, key in APART.values()])
        yield running


@pytest.fixture(scope="module")
def client(server):
    return server.client()


def attributes_of(server, key, more=""):
    answer = server.get(f"/api/v1/metadata/{quote(key)}{more}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["attributes"]


def frame_url(key, index, rank):
    return f"/api/v1/array/full/{quote(key)}?slice={','.join([str(index), *[':'] * rank])}&format=application/octet-stream"


@by_series
def test_structure_is_a_stack(server, series):
    structure = attributes_of(server, series.key)["structure"]
    assert structure["shape"] == [len(series.numbers), *series.shape]
    assert structure["chunks"][0] == [1] * len(series.numbers)


@by_series
def test_metadata_tell_what_is_missing(server, series):
    described = attributes_of(server, series.key)["metadata"]["series"]
    assert described["files"].format(series.numbers[1]) == os.path.basename(series.name.format(series.numbers[1]))
    assert (described["first"], described["last"], described["count"]) == (series.numbers[0], series.numbers[-1], len(series.numbers))
    assert described["missing"] == list(series.missing)
    assert described["missing_count"] == sum(last - first + 1 for first, last in series.missing)
    broken = [index for index, number in enumerate(series.numbers) if number in series.damaged + series.odd]
    assert [frame["index"] for frame in described["unreadable"]] == broken
    assert described["unreadable_count"] == len(broken)


@by_series
def test_data_source_names_every_file_in_order(server, folder, series):
    [source] = attributes_of(server, series.key, "?include_data_sources=true")["data_sources"]
    assert source["mimetype"] == f"multipart/related;type={series.media_type}"
    assert (source["management"], source["parameters"]) == ("external", {})
    assert [asset["num"] for asset in source["assets"]] == list(range(len(series.numbers)))
    assert {asset["parameter"] for asset in source["assets"]} == {"data_uris"}
    names = [quote(str(series.path(folder, number))) for number in series.numbers]
    assert [quote(httpx.URL(asset["data_uri"]).path) for asset in source["assets"]] == names


@by_series
def test_frames_over_rest(client, folder, series):
    node = client[series.key]
    for index, number in series.sound():
        assert_same(node[index], series.read(series.path(folder, number)), f"{series.key}[{index}]")


@by_series
def test_frames_over_zarr(server, folder, series):
    array = server.zarr(quote(series.key))
    for index, number in series.sound():
        assert_same(array[index], series.read(series.path(folder, number)), f"{series.key}[{index}]")


@pytest.mark.parametrize("series", [series for series in SERIES if not series.damaged + series.odd], ids=lambda series: series.name)
def test_whole_stack(server, client, folder, series):
    frames = [series.read(series.path(folder, number)) for number in series.numbers]
    expected = np.stack(frames).astype(frames[0].dtype)
    assert_same(client[series.key].read(), expected, series.key)
    assert_same(server.zarr(quote(series.key))[...], expected, series.key)
    assert_same(server.client("dask")[series.key].read().compute(), expected, series.key)
    assert_same(client[series.key][::-2, ...], expected[::-2], series.key)
    if expected.ndim > 1:
        assert_same(client[series.key][1:, 1], expected[1:, 1], series.key)


@pytest.mark.parametrize("series", [series for series in SERIES if series.damaged + series.odd], ids=lambda series: series.name)
def test_broken_frame_says_so_and_hides_no_other(server, series):
    rank = len(series.shape)
    for index, number in enumerate(series.numbers):
        answer = server.get(frame_url(series.key, index, rank))
        if number not in series.damaged + series.odd:
            assert answer.status_code == 200, answer.text
            continue
        assert answer.status_code == 410
        assert os.path.basename(series.name.format(number)) in answer.json()["detail"]
        chunk = server.get(f"/zarr/v2/{quote(series.key)}/{'.'.join([str(index), *['0'] * rank])}")
        assert chunk.status_code == 410, chunk.text
    assert server.get(f"/api/v1/array/full/{quote(series.key)}?format=application/octet-stream").status_code == 410


def test_frame_of_another_shape_has_a_node_of_its_own(client, folder):
    assert_same(client["npy/frame_0008"].read(), np.load(folder / "npy/frame_0008.npy"), "npy/frame_0008")


@pytest.mark.parametrize("name", APART)
def test_files_that_are_no_sequence_stand_alone(client, folder, name):
    _, _, key = APART[name]
    assert_same(client[key].read(), np.load(folder / name), key)


def test_containers_have_the_series_and_nothing_else(server):
    assert set(server.keys("npy")) == {"frame_", "frame_0008", "natural", "fortran-", "scalar_"}
    assert set(server.keys("tif")) == {"plain_", "deflate_", "predicted_", "rgb_", "pages"}
    assert set(server.keys("differ")) == {"pair_1", "pair_2", "type_4", "type_8", "width_1", "width_002"}


def test_report_names_gaps_and_broken_frames(server):
    wait_until(lambda: "Indexing complete" in server.log(), "the report is there")
    log = server.log()
    assert "frame_0001.npy … frame_0014.npy: 2 numbers 5, 11 are missing between 1 and 14." in log
    assert "npy/frame_0010.npy: It is not part of the array of its sequence." in log


class Growing:
    """A series on its own server, that is walked again when told."""

    def __init__(self, tmp_path, state):
        self.folder = tmp_path / "growing"
        self.folder.mkdir()
        for number in range(3):
            self.save(number)
        self.server = Server(tmp_path, self.folder, state=state)

    def save(self, number, offset=0):
        beside = self.folder / f".{number}.new"
        with open(beside, "wb") as file:
            np.save(file, np.full((4, 5), number + offset, dtype="<i4"))
        os.replace(beside, self.folder / f"scan_{number:03d}.npy")

    def frame(self, index):
        answer = self.server.get(frame_url("scan_", index, 2))
        return np.frombuffer(answer.content, "<i4") if answer.status_code == 200 else answer.status_code

    def shape(self):
        answer = self.server.get("/api/v1/metadata/scan_")
        return answer.status_code == 200 and answer.json()["data"]["attributes"]["structure"]["shape"]


@pytest.fixture
def growing(tmp_path, state):
    series = Growing(tmp_path, state)
    with series.server:
        series.server.wait_for("scan_")
        yield series


def test_new_frames_appear_when_walked_again(growing):
    growing.save(3)
    growing.save(5)
    growing.server.walk_again()
    wait_until(lambda: growing.shape() == [5, 4, 5], "the new frames are there")
    assert [growing.frame(index)[0] for index in range(5)] == [0, 1, 2, 3, 5]
    (growing.folder / "scan_001.npy").unlink()
    growing.server.walk_again()
    wait_until(lambda: growing.shape() == [4, 4, 5], "the removed frame is gone")
    assert [growing.frame(index)[0] for index in range(4)] == [0, 2, 3, 5]


def test_rewritten_frame_is_never_misread_and_soon_new(growing):
    assert growing.frame(1)[0] == 1
    path = growing.folder / "scan_001.npy"
    before = path.stat()
    growing.save(1, offset=100)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 2_000_000_000))

    def is_new():
        found = growing.frame(1)
        assert (isinstance(found, int) and found in (409, 410)) or set(found) in ({1}, {101})
        return not isinstance(found, int) and found[0] == 101

    wait_until(is_new, "the new frame is served")
    assert [growing.frame(index)[0] for index in (0, 2)] == [0, 2]


def test_removed_frame_leaves_the_others(growing):
    (growing.folder / "scan_001.npy").unlink()
    assert growing.frame(2)[0] == 2

    def is_gone():
        growing.frame(1)
        return growing.shape() == [2, 4, 5]

    wait_until(is_gone, "the series is without the frame")
    assert [growing.frame(index)[0] for index in (0, 1)] == [0, 2]
