"""netCDF-4 files are xarray's data sets: the Tiled client and zarr give what xarray reads from the file itself."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray

from server import ROOT, Server

FIXTURES = Path(ROOT) / "fixtures" / "netcdf"
# In "shorter" an axis other than the first is shorter than its dimension: there the netCDF library
# itself puts values in wrong places, see fixtures/netcdf/generate.py.
GROUPS = [
    ("station_netcdf4", "", ()), ("station_netcdf4", "below/deeper", ()), ("station_h5netcdf", "", ()), ("station_h5netcdf", "below/deeper", ()),
    ("unusual", "", ("shorter",)), ("unusual", "inner", ()), ("inconsistent", "sound", ()),
]
each_group = pytest.mark.parametrize("file, group, left_out", GROUPS, ids=lambda value: value if isinstance(value, str) else "")


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    data = tmp_path_factory.mktemp("netcdf_files")
    for path in FIXTURES.glob("*.nc"):
        shutil.copy(path, data)
    with Server(tmp_path_factory.mktemp("netcdf"), data) as server:
        yield server.wait_for(*(path.stem for path in FIXTURES.glob("*.nc")))


def written(file, group, left_out, **options):
    with xarray.open_dataset(FIXTURES / f"{file}.nc", group=group or None, engine="netcdf4", **options) as dataset:
        return dataset.drop_vars(left_out).load()


@each_group
def test_the_client_reads_what_is_stored(datasets, file, group, left_out):
    served = datasets.client()[f"{file}/{group}".rstrip("/")].read().drop_vars(left_out)
    xarray.testing.assert_equal(served, written(file, group, left_out, decode_times=False, mask_and_scale=False, concat_characters=False))


@each_group
def test_what_the_client_reads_can_be_decoded(datasets, file, group, left_out):
    served = xarray.decode_cf(datasets.client()[f"{file}/{group}".rstrip("/")].read()).drop_vars(left_out)
    xarray.testing.assert_equal(served, written(file, group, left_out))


@each_group
def test_zarr_is_decoded_to_the_same(datasets, file, group, left_out):
    url = f"{datasets.url}/zarr/v2/{file}/{group}".rstrip("/")
    with xarray.open_zarr(url, consolidated=True, storage_options={"headers": datasets.headers}) as served:
        expected = written(file, group, left_out)
        xarray.testing.assert_equal(served.drop_vars(left_out).load(), expected)
        assert {name: served[name].dtype.kind for name in expected.variables} == {name: expected[name].dtype.kind for name in expected.variables}


def test_chunks_that_were_never_written_are_fill_values_not_missing_ones(datasets):
    stored = datasets.client()["unusual/partial"].read()
    over_zarr = datasets.zarr("unusual/partial")
    assert over_zarr.fill_value is None
    np.testing.assert_array_equal(over_zarr[...], stored)
    assert (stored[0] == -(2**31) + 1).all() and stored[1].tolist() == [0, 1, 2, 3]


def test_groups_inside_are_found_by_path_and_by_search(datasets):
    client = datasets.client()
    assert "inner" not in list(client["unusual"])
    assert list(client["unusual"]["inner"]) == ["over_time", "z"]
    assert "inner" in datasets.keys("unusual")


def test_what_does_not_fit_together_is_a_group_of_arrays(datasets):
    node = datasets.client()["inconsistent"]
    assert node.specs == [] and node.metadata["title"] == "not by netCDF"
    np.testing.assert_array_equal(node["y"].read(), np.arange(4.0))
