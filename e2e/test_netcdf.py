"""netCDF files are xarray's data sets: the Tiled client and zarr give what xarray reads from the file itself."""

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray

from server import ROOT, Server
from waiting import wait_until

FIXTURES = Path(ROOT) / "fixtures" / "netcdf"
# In "shorter" an axis other than the first is shorter than its dimension: there the netCDF library
# itself puts values in wrong places, see fixtures/netcdf/generate.py.
GROUPS = [
    ("station_netcdf4", "", ()), ("station_netcdf4", "below/deeper", ()), ("station_h5netcdf", "", ()), ("station_h5netcdf", "below/deeper", ()),
    ("unusual", "", ("shorter",)), ("unusual", "inner", ()), ("inconsistent", "sound", ()),
    ("classic_station", "", ()), ("classic_records", "", ()), ("classic_cdf5", "", ()), ("classic_lone", "", ()), ("classic_empty", "", ()),
    ("classic_long", "", ()),
]
each_group = pytest.mark.parametrize("file, group, left_out", GROUPS, ids=lambda value: value if isinstance(value, str) else "")


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    data = tmp_path_factory.mktemp("netcdf_files")
    for path in FIXTURES.glob("*.nc"):
        shutil.copy(path, data)
    write_long_records(data / "classic_long.nc")
    with Server(tmp_path_factory.mktemp("netcdf"), data) as server:
        yield server.wait_for(*(path.stem for path in FIXTURES.glob("*.nc")), "classic_long")


def write_long_records(path):
    """Records far longer than what some variables have in each: times among images."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
        for name, length in {"time": None, "y": 150, "x": 201}.items():
            file.createDimension(name, length)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "hours since 2026-01-01"
        time[:] = np.arange(9) / 4
        for name, type_ in {"image": "i2", "mask": "i1", "level": "f4"}.items():
            file.createVariable(name, type_, ("time", "y", "x"))[:] = (np.arange(9 * 150 * 201) % 251).reshape(9, 150, 201).astype(type_)


def written(datasets, file, group, left_out, **options):
    with xarray.open_dataset(Path(datasets.arguments[0]) / f"{file}.nc", group=group or None, engine="netcdf4", **options) as dataset:
        return dataset.drop_vars(left_out).load()


@each_group
def test_the_client_reads_what_is_stored(datasets, file, group, left_out):
    served = datasets.client()[f"{file}/{group}".rstrip("/")].read().drop_vars(left_out)
    xarray.testing.assert_equal(served, written(datasets, file, group, left_out, decode_times=False, mask_and_scale=False, concat_characters=False))


@each_group
def test_what_the_client_reads_can_be_decoded(datasets, file, group, left_out):
    served = xarray.decode_cf(datasets.client()[f"{file}/{group}".rstrip("/")].read()).drop_vars(left_out)
    xarray.testing.assert_equal(served, written(datasets, file, group, left_out))


def plain_attributes(variable):
    """JSON has lists for arrays, and one kind of number; NaN is told from itself."""
    return {name: str(np.asarray(value).tolist()) for name, value in variable.attrs.items()}


@each_group
@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.parametrize("version", [2, 3])
def test_zarr_is_decoded_to_the_same(datasets, file, group, left_out, version, consolidated):
    url = f"{datasets.url}/zarr/v{version}/{file}/{group}".rstrip("/")
    with xarray.open_zarr(url, consolidated=consolidated, zarr_format=version, storage_options={"headers": datasets.headers}) as served:
        expected = written(datasets, file, group, left_out)
        xarray.testing.assert_equal(served.drop_vars(left_out).load(), expected)
        for name in expected.variables:
            assert plain_attributes(served[name]) == plain_attributes(expected[name]), name
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


def test_a_file_that_is_still_streamed_has_the_records_that_are_there(datasets):
    client = datasets.client()
    xarray.testing.assert_identical(client["classic_streamed"].read(), client["classic_records"].read())


def test_records_that_are_appended_are_seen(datasets):
    path = Path(datasets.arguments[0]) / "classic_growing.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("time", None)
        file.createVariable("a", "i2", ("time",))[:] = np.arange(3)
        file.createVariable("b", "f8", ("time",))[:] = np.arange(3)
    datasets.walk_again()
    datasets.wait_for("classic_growing")
    assert datasets.client()["classic_growing/a"].read().tolist() == [0, 1, 2]
    with netCDF4.Dataset(path, "a") as file:
        file["a"][:] = np.arange(5)
        file["b"][:] = np.arange(5)

    def grown():
        answer = datasets.get("/api/v1/array/full/classic_growing/a?format=json")
        assert answer.status_code in (200, 409), answer.text
        return answer.status_code == 200 and answer.json() == [0, 1, 2, 3, 4]

    wait_until(grown, "the new records are served", 30)
