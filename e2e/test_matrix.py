"""The matrix: every format, type, layout and filter, read over REST, Zarr v2 and Zarr v3 by every client, equals what the format's library reads."""

from urllib.parse import quote

import dask
import numpy as np
import pytest
import xarray

from make_matrix import WRITERS, open_dataset, values_of, write_matrix
from matrix import Matrix
from server import Server
from waiting import wait_until
from zarrita_client import read_with_zarrita, refused_by_zarrita

each_kind = pytest.mark.parametrize("kind", WRITERS)
each_version = pytest.mark.parametrize("version", [2, 3], ids=["v2", "v3"])
#: Kinds whose files xarray itself opens.
DATASETS = ["netcdf3", "netcdf4", "xarray"]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory, request):
    data = tmp_path_factory.mktemp("matrix_files")
    cells = write_matrix(data)
    paths = [cell.path for kind in cells.values() for cell in kind]
    assert len(paths) == len(set(paths))
    with Server(tmp_path_factory.mktemp("matrix"), data) as server:
        server.wait_for(*cells)
        files = {kind: {cell.path.split("/")[1] for cell in cells[kind]} for kind in cells}
        wait_until(lambda: all(files[kind] <= set(server.keys(kind)) for kind in files), "every file of the matrix is served", 300)
        found = Matrix(server, data, cells)
        yield found
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *found.report(), sep="\n")


@each_kind
def test_over_rest(matrix, kind):
    structures = matrix.structures(kind)

    def read(cell):
        structure = structures[cell.path]
        answer = matrix.connection.get(f"/api/v1/array/full/{quote(cell.path)}", headers={"Accept": "application/octet-stream"})
        assert answer.status_code == 200, answer.text
        return np.frombuffer(answer.content, structure.data_type.to_numpy_dtype()).reshape(structure.shape)

    matrix.check_all("REST", matrix.cells[kind], read, byte_order=True)


@each_kind
@each_version
def test_with_zarr_python(matrix, kind, version):
    group = matrix.group(kind, version)
    matrix.check_all(f"zarr-python v{version}", matrix.cells[kind], lambda cell: values_of(group[cell.path.partition("/")[2]]), byte_order=version == 2)


@each_kind
@each_version
def test_with_xarray(matrix, kind, version):
    """Every group as a data set: values, and names of axes."""
    for path, cells in matrix.groups(kind).items():
        with matrix.dataset(path, version, decode_cf=False) as served:
            assert set(served.variables) >= set(cells), path

            def read(cell):
                variable = served.variables[cell.path.rpartition("/")[2]]
                assert len(set(variable.dims)) == cell.expected.ndim, variable.dims
                assert cell.dims is None or variable.dims == cell.dims, variable.dims
                # xarray has its own lengths of texts.
                return variable.values.astype(cell.expected.dtype) if cell.expected.dtype.kind == "U" else variable.values

            matrix.check_all(f"xarray v{version}", cells.values(), read, byte_order=False, threads=1)


@pytest.mark.parametrize("kind", DATASETS)
@each_version
def test_xarray_has_the_coordinates(matrix, kind, version):
    """What xarray makes of a file is what it makes of what is served: decoded values, coordinates, names and sizes of axes, attributes."""
    files = sorted((matrix.folder / kind).iterdir())
    assert len(files) == len({cell.path.split("/")[1] for cell in matrix.cells[kind]})
    for file in files:
        with matrix.dataset(f"{kind}/{file.stem}", version) as served, open_dataset(file) as written:
            assert set(served.coords) == set(written.coords), file.stem
            assert dict(served.sizes) == dict(written.sizes), file.stem
            xarray.testing.assert_identical(served.load(), written.load())


@each_kind
@each_version
def test_with_zarrita(matrix, kind, version):
    """All that zarrita has types and codecs for; what it refuses is known."""
    refused = {cell.path for cell in matrix.cells[kind] if refused_by_zarrita(cell.expected.dtype, cell.filter, version)}
    read, errors = read_with_zarrita(matrix.server, version, {cell.path: cell.expected for cell in matrix.cells[kind]})
    assert set(errors) == refused, {path: errors.get(path) for path in set(errors) ^ refused}
    matrix.read[f"zarrita v{version}"] += len(read)
    matrix.read[f"(zarrita v{version} has no type or codec)"] += len(errors)


@each_kind
def test_with_dask_through_the_tiled_client(matrix, kind):
    """Every array is put together from its blocks, by one client with one connection."""
    arrays = matrix.lazy_arrays(kind)
    with dask.config.set(scheduler="synchronous"):
        matrix.check_all("dask", matrix.cells[kind], lambda cell: arrays[cell.path].read().compute(), byte_order=True, threads=1)
