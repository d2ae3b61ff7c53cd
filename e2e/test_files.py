"""A folder of files by every writing library: each value is what that library reads back, over REST and over zarr."""

from urllib.parse import quote

import dask
import httpx
import numpy as np
import pyarrow as pa
import pytest
import xarray
import zarr

from compare import assert_same, assert_same_column, slices_of
from make_data import ARRAYS, SAMPLES, TABLES


def by_key(samples):
    return pytest.mark.parametrize("sample", samples, ids=lambda sample: sample.file)


def at(key, path):
    return f"{key}/{path}".rstrip("/")


@pytest.fixture(scope="module")
def client(files):
    return files.client()


def test_tree_has_the_files_and_nothing_else(files):
    assert set(files.keys()) == {sample.key.split("/")[0] for sample in SAMPLES}
    assert set(files.keys("sub")) == {"deeper", "with space & 100%"}
    assert files.keys("sub/deeper") == ["inner"]


def test_hidden_files_are_not_there(files):
    for path in (".hidden", ".hidden.npy", "hidden"):
        assert files.get(f"/api/v1/metadata/{path}").status_code == 404, path


def test_two_files_of_one_key_have_their_whole_names(files):
    assert {"clash.npy", "clash.csv", "types.h5", "types.parquet"} <= set(files.keys())
    assert files.get("/api/v1/metadata/clash").status_code == 404


@by_key(ARRAYS)
def test_arrays_over_rest(client, data_folder, sample):
    for path, expected in sample.read(data_folder / sample.file).items():
        node = client[at(sample.key, path)]
        assert_same(node.read(), expected, at(sample.key, path), sample.byte_order)


@by_key(ARRAYS)
def test_arrays_over_zarr(files, data_folder, sample):
    for path, expected in sample.read(data_folder / sample.file).items():
        array = files.zarr(quote(at(sample.key, path)))
        assert isinstance(array, zarr.Array)
        assert_same(array[...], expected, at(sample.key, path), sample.byte_order)


@by_key(ARRAYS)
def test_slices_over_rest(client, data_folder, sample):
    for path, expected in list(sample.read(data_folder / sample.file).items())[:30]:
        if expected.dtype.kind in "OT":
            continue
        node = client[at(sample.key, path)]
        for chosen in slices_of(expected.shape):
            # A single element leaves NumPy in the machine's own byte order.
            part = np.asarray(expected[chosen], dtype=expected.dtype)
            assert_same(node.read(chosen), part, f"{at(sample.key, path)} {chosen}", sample.byte_order)


@by_key([sample for sample in ARRAYS if sample.file in ("earliest.h5", "latest.hdf5", "two.zarr", "three.zarr", "weather.nc")])
def test_every_block_is_its_part_of_the_whole(client, sample, data_folder):
    for path, expected in sample.read(data_folder / sample.file).items():
        if expected.dtype.kind in "OT" or expected.ndim == 0:
            continue
        node = client[at(sample.key, path)]
        edges = [np.cumsum([0, *lengths]) for lengths in node.chunks]
        for block in np.ndindex(*(len(lengths) for lengths in node.chunks)):
            part = tuple(slice(edge[i], edge[i + 1]) for edge, i in zip(edges, block))
            assert_same(node.read_block(block), expected[part], f"{at(sample.key, path)} block {block}", sample.byte_order)


def test_hdf5_chunks_are_those_of_the_file(client):
    node = client["earliest/chunked"]
    assert node.chunks == ((4, 4, 4, 1), (6, 6, 5), (5,))


def test_attributes_are_metadata(client):
    assert client["earliest"].metadata["title"] == "layouts"
    assert client["tree/a/b/c/d/e/f/g/h/i/j"].metadata["depth"] == 10


def test_zarr_attributes_are_metadata(files, client):
    assert files.zarr("two").attrs["title"] == "version two"
    assert "version two" in str(dict(client["two"].metadata))
    assert "version three" in str(dict(client["three"].metadata))


def test_netcdf_is_an_xarray_dataset(client, data_folder):
    node = client["weather"]
    assert "xarray_dataset" in {spec.name for spec in node.specs}
    served = node.read()
    with xarray.open_dataset(data_folder / "weather.nc", decode_cf=False) as written:
        assert set(served.variables) == set(written.variables)
        for name in written.variables:
            assert served[name].dims == written[name].dims, name
            np.testing.assert_array_equal(served[name].values, written[name].values, err_msg=name)
        assert served.attrs["title"] == "made for a test"


@by_key(TABLES)
def test_tables_over_rest(files, client, data_folder, sample):
    expected = sample.read(data_folder / sample.file)
    # Arrow as it is served: the pandas of the client would change integers with gaps to floats.
    served = files.arrow(f"table/full/{sample.key}")
    assert served.column_names == expected.column_names
    for name in expected.column_names:
        assert_same_column(served[name].to_pylist(), expected[name].to_pylist(), f"{sample.key} column {name}")
    assert list(client[sample.key].columns) == expected.column_names
    # dask would take any object for text, and octets are none.
    with dask.config.set({"dataframe.convert-string": False}):
        assert len(client[sample.key].read()) == expected.num_rows


@by_key(TABLES)
def test_partitions_make_up_the_table(files, client, data_folder, sample):
    expected = sample.read(data_folder / sample.file)
    count = client[sample.key].structure().npartitions
    parts = [files.arrow(f"table/partition/{sample.key}?partition={index}") for index in range(count)]
    assert sum(part.num_rows for part in parts) == expected.num_rows
    for name in expected.column_names:
        values = [value for part in parts for value in part[name].to_pylist()]
        assert_same_column(values, expected[name].to_pylist(), f"{sample.key} column {name}")


def test_row_groups_are_partitions(client):
    assert client["groups"].structure().npartitions == 4


@by_key(TABLES)
def test_some_columns_only(client, data_folder, sample):
    expected = sample.read(data_folder / sample.file)
    chosen = [expected.column_names[-1], expected.column_names[0]]
    frame = client[sample.key].read(chosen)
    assert list(frame.columns) == chosen
    assert len(frame) == expected.num_rows


def plain_columns(table):
    """Columns of numbers, flags and texts without gaps: they are arrays of one type in NumPy too."""
    for name in table.column_names:
        kind = table[name].type
        if table[name].null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind)):
            yield name, table[name].to_pylist()


def as_python(array):
    return [value.decode() if isinstance(value, bytes) else value for value in np.asarray(array).tolist()]


@by_key(TABLES)
def test_columns_are_arrays(files, client, data_folder, sample):
    for name, expected in plain_columns(sample.read(data_folder / sample.file)):
        where = f"{sample.key} column {name}"
        assert_same_column(as_python(client[sample.key][name].read()), expected, f"{where} over REST")
        array = files.zarr(f"{quote(sample.key)}/{quote(name)}")
        assert_same_column(as_python(array[...]), expected, f"{where} over zarr")


def test_zarr_walks_the_whole_tree(files):
    """From the root, by its own listing, as `zarr.open` does it."""
    root = files.zarr()
    assert isinstance(root, zarr.Group)
    assert {sample.key.split("/")[0] for sample in SAMPLES} <= set(root.keys())
    np.testing.assert_array_equal(root["sub"]["deeper"]["inner"][...], np.arange(5, dtype="<i2"))


def test_zarr_has_consolidated_metadata(files):
    answer = files.get("/zarr/v2/two/.zmetadata")
    assert answer.status_code == 200
    metadata = answer.json()["metadata"]
    assert metadata["blosc/.zarray"]["shape"] == [7, 11, 5]
    assert metadata["inner/.zgroup"] == {"zarr_format": 2}


def test_zarr_head_and_range(files):
    whole = files.get("/zarr/v2/plain/0.0.0").content
    head = httpx.head(f"{files.url}/zarr/v2/plain/0.0.0", headers=files.headers)
    assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) == len(whole)
    part = httpx.get(f"{files.url}/zarr/v2/plain/0.0.0", headers={**files.headers, "Range": "bytes=8-23"})
    assert part.status_code == 206 and part.content == whole[8:24]
    assert part.headers["content-range"] == f"bytes 8-23/{len(whole)}"


def test_a_chunk_that_was_never_written_is_absent(files):
    assert files.get("/zarr/v3/earliest/partly_written/c/0/0").status_code == 404
    # Version 2 has no fill value that is not taken for a mark of missing values, so there its elements are sent.
    assert files.get("/zarr/v2/earliest/partly_written/0.0").status_code == 200
    assert files.get("/zarr/v2/earliest/partly_written/9.9").status_code == 404
    assert files.get("/zarr/v3/earliest/partly_written/c/9/9").status_code == 404
