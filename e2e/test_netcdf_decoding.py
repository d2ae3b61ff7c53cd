"""`xarray.open_zarr` of a served netCDF file is what `xarray.open_dataset` makes of the file itself: values, types, coordinates, attributes."""

import numpy as np
import pytest
import xarray

import make_netcdf
from server import Server

#: JSON has numbers of 64 bits only, and so have values that are made with them.
SCALED_BY_32_BITS = ("byte", "big_endian")
CASES = [(name, group) for name, (groups, _, _) in make_netcdf.GROUPS.items() for group in groups]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    data = tmp_path_factory.mktemp("netcdf_kinds")
    make_netcdf.write_all(data)
    with Server(tmp_path_factory.mktemp("netcdf_decoding"), data) as server:
        yield server.wait_for(*make_netcdf.GROUPS), data


def plain(value):
    """JSON has lists for arrays and one kind of number; NaN is told from itself."""
    value = np.asarray(value)
    return str(value.astype(float).tolist() if value.dtype.kind in "iuf" else value.tolist())


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("name", "group"), CASES, ids=lambda value: value)
def test_a_data_set_over_zarr_is_that_of_the_file(served, name, group, version):
    server, data = served
    path = data / f"{name}{make_netcdf.GROUPS[name][2]}"
    engine = "h5netcdf" if name == "by_h5netcdf" else "netcdf4"
    url = f"{server.url}/zarr/v{version}/{name}/{group}".rstrip("/")
    with xarray.open_dataset(path, group=group or None, engine=engine) as expected, xarray.open_zarr(url, zarr_format=version, storage_options={"headers": server.headers}) as found:
        expected.load()
        found.load()
        assert list(found.dims) and dict(found.sizes) == {name: expected.sizes[name] for name in found.sizes}
        assert set(found.coords) == set(expected.coords)
        xarray.testing.assert_equal(found, expected)
        assert {key: plain(value) for key, value in found.attrs.items()} == {key: plain(value) for key, value in expected.attrs.items()}
        for key, variable in expected.variables.items():
            assert found[key].dims == variable.dims, key
            if key not in SCALED_BY_32_BITS:
                assert found[key].dtype.newbyteorder("=") == variable.dtype.newbyteorder("="), key
            assert {k: plain(v) for k, v in found[key].attrs.items()} == {k: plain(v) for k, v in variable.attrs.items()}, key
