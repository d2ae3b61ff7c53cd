"""The matrix: every format, type, layout and filter, read over REST, Zarr v2 and Zarr v3, equals what the format's library reads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import zarr
from tiled.structures.array import ArrayStructure

from compare import assert_same
from make_matrix import WRITERS, values_of, write_matrix
from server import Server
from waiting import wait_until
from zarrita_client import check_zarrita

THREADS = 4
each_kind = pytest.mark.parametrize("kind", WRITERS)


class Matrix:
    """The cells of each kind of file, and the server that has their files."""

    def __init__(self, server, cells):
        self.server = server
        self.cells = cells
        self.connection = httpx.Client(base_url=server.url, headers=server.headers, timeout=60)

    def structures(self, path):
        """The structure of every array below a container, by its path."""
        found, url = {}, f"/api/v1/search/{quote(path)}?page[limit]=300"
        while url:
            page = self.connection.get(url).raise_for_status().json()
            for item in page["data"]:
                child = f"{path}/{item['id']}"
                attributes = item["attributes"]
                if attributes["structure_family"] == "container":
                    found.update(self.structures(child))
                else:
                    found[child] = ArrayStructure.from_json(attributes["structure"])
            url = page["links"]["next"]
        return found

    def group(self, kind, version):
        return zarr.open_group(f"{self.server.url}/zarr/v{version}/{kind}", mode="r", zarr_format=version, storage_options={"headers": self.server.headers})


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    data = tmp_path_factory.mktemp("matrix_files")
    cells = write_matrix(data)
    with Server(tmp_path_factory.mktemp("matrix"), data) as server:
        server.wait_for(*cells)
        files = {kind: {cell.path.split("/")[1] for cell in cells[kind]} for kind in cells}
        wait_until(lambda: all(files[kind] <= set(server.keys(kind)) for kind in files), "every file of the matrix is served", 300)
        yield Matrix(server, cells)


def check_all(cells, read, byte_order):
    """Reads every cell; all that differ are told at once."""

    def problem_of(cell):
        try:
            keeps_order = byte_order and cell.byte_order
            actual, expected = read(cell), cell.expected
            if not keeps_order:
                actual, expected = in_machine_order(actual), in_machine_order(expected)
            assert_same(actual, expected, cell.path, keeps_order)
        except Exception as error:  # noqa: BLE001 - whatever it is, the cell is wrong
            return f"{cell.path}: {type(error).__name__} {str(error)[:300]}"

    with ThreadPoolExecutor(THREADS) as pool:
        problems = [problem for problem in pool.map(problem_of, cells) if problem]
    assert not problems, f"{len(problems)} of {len(cells)} arrays are wrong:\n" + "\n".join(problems[:30])


def in_machine_order(array):
    return array if array.dtype.kind in "OT" else array.astype(array.dtype.newbyteorder("="))


def test_matrix_is_printed(matrix, capsys):
    """What is in it; each array is read three times below."""
    cells = [cell for kind in matrix.cells.values() for cell in kind]
    paths = [cell.path for cell in cells]
    assert len(paths) == len(set(paths))
    with capsys.disabled():
        print(f"\n{'format':<18} {'types':>5} {'layouts':>7} {'filters':>7} {'arrays':>6}")
        for format_, count in Counter(cell.format for cell in cells).items():
            axes = [len({getattr(cell, axis) for cell in cells if cell.format == format_}) for axis in ("dtype", "layout", "filter")]
            print(f"{format_:<18} {axes[0]:>5} {axes[1]:>7} {axes[2]:>7} {count:>6}")
        print(f"{len(cells)} arrays, each over REST, Zarr v2 and Zarr v3: {3 * len(cells)} readings")


@each_kind
def test_over_rest(matrix, kind):
    structures = matrix.structures(kind)

    def read(cell):
        structure = structures[cell.path]
        answer = matrix.connection.get(f"/api/v1/array/full/{quote(cell.path)}", headers={"Accept": "application/octet-stream"})
        assert answer.status_code == 200, answer.text
        return np.frombuffer(answer.content, structure.data_type.to_numpy_dtype()).reshape(structure.shape)

    check_all(matrix.cells[kind], read, byte_order=True)


@each_kind
def test_over_zarr_v2(matrix, kind):
    group = matrix.group(kind, 2)
    check_all(matrix.cells[kind], lambda cell: values_of(group[cell.path.partition("/")[2]]), byte_order=True)


@each_kind
def test_over_zarr_v3(matrix, kind):
    group = matrix.group(kind, 3)
    check_all(matrix.cells[kind], lambda cell: values_of(group[cell.path.partition("/")[2]]), byte_order=False)


@each_kind
@pytest.mark.parametrize("version", [2, 3], ids=["v2", "v3"])
def test_with_zarrita(matrix, kind, version):
    """All that zarrita has types and codecs for; of v2, which other tests cover well, every third."""
    cells = matrix.cells[kind][:: {2: 3, 3: 1}[version]]
    passed = check_zarrita(matrix.server, version, {cell.path: cell.expected for cell in cells})
    assert passed >= len(cells) / 2


@each_kind
def test_with_dask_through_the_tiled_client(matrix, kind):
    """Each array is put together from its blocks; every tenth, as each takes many requests."""
    client = matrix.server.client("dask")
    check_all(matrix.cells[kind][::10], lambda cell: client[cell.path].read().compute(), byte_order=True)
