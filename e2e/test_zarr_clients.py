"""Both versions of Zarr through the real clients: zarr-python by fsspec and by obstore, xarray, zarrita; dask beside them."""

from urllib.parse import quote

import fsspec
import httpx
import numpy as np
import pytest
import xarray
import zarr
from obstore.store import HTTPStore
from zarr.storage import ObjectStore

from compare import assert_same
from make_data import ARRAYS, SAMPLES, TABLES
from make_layouts import write_layouts
from server import Server
from zarrita_client import check_zarrita, zarrita

VERSIONS = [2, 3]
#: A page elsewhere.
VIEWER = "https://viewer.example"
each_version = pytest.mark.parametrize("version", VERSIONS, ids=["v2", "v3"])


def by_key(samples):
    return pytest.mark.parametrize("sample", samples, ids=lambda sample: sample.file)


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    """Arrays of every type in random shapes, chunks and codecs, and their values."""
    folder = tmp_path_factory.mktemp("layouts")
    expected = write_layouts(folder)
    with Server(tmp_path_factory.mktemp("layouts_server"), folder, environment={"TESSERA_HTTP__ALLOW_ORIGINS": VIEWER}) as server:
        yield server.wait_for(*{path.split("/")[0] for path in expected}), expected


@pytest.fixture(scope="module")
def stored_values(data_folder):
    """Path → value of every array in the folder of files."""
    return {f"{sample.key}/{path}".rstrip("/"): value for sample in ARRAYS for path, value in sample.read(data_folder / sample.file).items()}


# zarr-python


@each_version
def test_random_layouts(layouts, version):
    server, expected = layouts
    assert len(expected) > 150
    for path, value in expected.items():
        served = server.zarr(path, version)
        assert served.metadata.zarr_format == version
        # A single text leaves NumPy as short as it is.
        assert_same(np.asarray(served[...]).astype(served.dtype) if value.ndim == 0 else served[...], value, f"{path} as v{version}", byte_order=version == 2 and "v3" not in path)


@by_key(ARRAYS)
def test_files_as_v3(files, data_folder, sample):
    for path, expected in sample.read(data_folder / sample.file).items():
        where = f"{sample.key}/{path}".rstrip("/")
        assert_same(files.zarr(quote(where), 3)[...], expected, where, byte_order=False)


@by_key(TABLES)
def test_columns_are_the_same_in_both_versions(files, data_folder, sample):
    for name in files.zarr(quote(sample.key), 3):
        where = f"{quote(sample.key)}/{quote(name)}"
        np.testing.assert_array_equal(files.zarr(where, 3)[...], files.zarr(where, 2)[...], err_msg=where)


@each_version
def test_the_tree_is_the_same_by_walking_and_by_consolidated_metadata(files, version):
    walked = dict(files.zarr("", version, use_consolidated=False).members(max_depth=None))
    root = files.zarr("", version)
    assert root.metadata.consolidated_metadata is not None
    at_once = dict(root.members(max_depth=None))
    # A quote would end a link: walking gives that name escaped.
    assert {path for path in walked if "%22" not in path} == {path for path in at_once if '"' not in path}
    assert {sample.key.split("/")[0] for sample in SAMPLES} <= set(at_once)
    np.testing.assert_array_equal(at_once["sub/deeper/inner"][...], np.arange(5, dtype="<i2"))


@each_version
def test_fsspec_lists_groups(files, version):
    http = fsspec.filesystem("http", headers=files.headers)
    assert f"{files.url}/zarr/v{version}/two/zlib" in http.ls(f"{files.url}/zarr/v{version}/two", detail=False)
    urls = httpx.get(f"{files.url}/zarr/v{version}/two", headers={**files.headers, "Accept": "application/json"}).json()
    assert f"{files.url}/zarr/v{version}/two/zlib" in urls


def test_obstore_reads_v3(files):
    store = HTTPStore.from_url(f"{files.url}/zarr/v3", client_options={"allow_http": True, "default_headers": files.headers})
    root = zarr.open_group(ObjectStore(store, read_only=True), mode="r")
    array = root["three/sharded"]
    assert array.shards == (4, 6, 5) and array.chunks == (2, 2, 5)
    np.testing.assert_array_equal(array[...], np.arange(7 * 11 * 5).reshape(7, 11, 5))
    np.testing.assert_array_equal(array[6, 10:], np.arange(7 * 11 * 5).reshape(7, 11, 5)[6, 10:])


def test_v3_has_attributes_and_names_of_axes(files):
    assert files.zarr("three", 3).attrs["title"] == "version three"
    assert files.zarr("three/named", 3).metadata.dimension_names == ("z", "y", "x")
    assert files.zarr("weather/temperature", 3).metadata.dimension_names == ("time", "y", "x")
    assert "_ARRAY_DIMENSIONS" not in files.zarr("weather/temperature", 3).attrs


@pytest.mark.parametrize("path", ["two/zlib", "two/shuffled", "two/blosc", "two/lz4", "two/differences", "three/zstd", "three/sharded", "three/checked", "three/texts", "earliest/gzip_shuffle"])
def test_v3_names_what_is_stored(files, data_folder, path):
    """The chunk goes out as it lies: what zarr.json names is what the file has."""
    file = {"two": "two.zarr", "three": "three.zarr"}.get(path.split("/")[0])
    key = "/".join(["c", *["0"] * len(files.zarr(path, 3).shape)])
    served = files.get(f"/zarr/v3/{path}/{key}").content
    if file:
        folder = data_folder / file / path.split("/")[1]
        stored = folder / (key if file == "three.zarr" else key[2:].replace("/", "."))
        assert served == stored.read_bytes()
    names = [codec["name"] for codec in files.get(f"/zarr/v3/{path}/zarr.json").json()["codecs"]]
    assert names[-1] != "zstd" or path in ("three/zstd", "three/texts")


def test_v3_transcodes_what_clients_have_no_name_for(files):
    for path in ("earliest/lzf", "earliest/gzip_checked"):
        assert [codec["name"] for codec in files.get(f"/zarr/v3/{path}/zarr.json").json()["codecs"]] == ["bytes", "zstd"]


# Over HTTP, as viewers in a browser ask


def test_ranges_of_a_shard(files):
    url = f"{files.url}/zarr/v3/three/sharded/c/0/0/0"
    whole = httpx.get(url, headers=files.headers)

    def part(ranges, **headers):
        return httpx.get(url, headers={**files.headers, "Range": f"bytes={ranges}", **headers})

    head = httpx.head(url, headers=files.headers)
    assert head.headers["content-length"] == str(len(whole.content)) and head.headers["accept-ranges"] == "bytes"
    assert head.headers["etag"] == whole.headers["etag"]
    for ranges, expected in {"8-15": whole.content[8:16], "100-": whole.content[100:], "-20": whole.content[-20:]}.items():
        answer = part(ranges)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (206, expected, whole.headers["etag"]), ranges
    several = part("0-3,-4")
    assert several.status_code == 206 and several.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert whole.content[:4] in several.content and whole.content[-4:] in several.content
    assert part("100000-").status_code == 416
    assert part("0-3", **{"If-None-Match": whole.headers["etag"]}).status_code == 304


@each_version
def test_chunks_outside_of_an_array_are_absent(files, version):
    for key in ("9.0.0", "0.0.9", "99999999999999999999.0.0"):
        path = f"two/zlib/{key}" if version == 2 else f"two/zlib/c/{key.replace('.', '/')}"
        assert files.get(f"/zarr/v{version}/{path}").status_code == 404, path


def test_pages_of_an_allowed_origin_may_read(layouts):
    server, _ = layouts
    url = f"{server.url}/zarr/v3/v3/texts/c/0"
    asked = {"Origin": VIEWER, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,range"}
    preflight = httpx.options(url, headers=asked)
    assert preflight.status_code == 200 and preflight.headers["access-control-allow-headers"] == "authorization,range"
    for path, status in ((url, 206), (f"{server.url}/zarr/v3/v3/texts/c/99", 404)):
        answer = httpx.get(path, headers={**server.headers, "Origin": VIEWER, "Range": "bytes=0-1"})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == VIEWER
        assert {"content-range", "etag"} <= {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert "access-control-allow-origin" not in httpx.get(url, headers={**server.headers, "Origin": "https://other.example"}).headers
    assert httpx.options(url, headers={**asked, "Origin": "https://other.example"}).status_code == 400


# xarray


@each_version
@pytest.mark.parametrize("consolidated", [True, False, None])
def test_xarray_opens_a_netcdf_file(files, data_folder, version, consolidated):
    url = f"{files.url}/zarr/v{version}/weather"
    with xarray.open_zarr(url, consolidated=consolidated, zarr_format=version, storage_options={"headers": files.headers}) as served:
        with xarray.open_dataset(data_folder / "weather.nc") as written:
            xarray.testing.assert_equal(served.load(), written.load())
            assert served["temperature"].attrs == written["temperature"].attrs
            assert served.attrs["title"] == written.attrs["title"]


@each_version
def test_xarray_opens_a_table(files, version):
    with xarray.open_zarr(f"{files.url}/zarr/v{version}/simple", zarr_format=version, storage_options={"headers": files.headers}) as served:
        assert set(served.variables) == set(files.client()["simple"].columns)
        assert set(served.dims) == {"row"}
        np.testing.assert_array_equal(served["whole"].values, files.client()["simple"]["whole"].read())


# zarrita


@each_version
def test_zarrita_reads_random_layouts(layouts, version):
    server, expected = layouts
    assert check_zarrita(server, version, expected) >= 100


@each_version
def test_zarrita_reads_the_folder_of_files(files, stored_values, version):
    # Of more than a few thousand elements JSON is no way to compare them; HDF5's scalars are served with an axis.
    expected = {path: value for path, value in stored_values.items() if value.size < 5000}
    assert check_zarrita(files, version, expected) >= 60


def test_zarrita_reads_texts_and_names_of_axes(files):
    found = zarrita(files, 3, ["three/texts", "three/named"])
    assert found["three/texts"]["values"] == ["a", "日本", "", "longer text"]
    assert found["three/named"]["dims"] == ["z", "y", "x"]


# dask


@by_key([sample for sample in ARRAYS if sample.file in ("earliest.h5", "two.zarr", "three.zarr", "types.h5")])
def test_dask_through_the_tiled_client(files, data_folder, sample):
    lazy = files.client("dask")
    for path, expected in sample.read(data_folder / sample.file).items():
        if expected.dtype.kind in "OT":
            continue
        where = f"{sample.key}/{path}".rstrip("/")
        assert_same(lazy[where].read().compute(), expected, where, sample.byte_order)
