"""The matrix being served: its cells, how clients reach them, and what each client has read."""

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import xarray
import zarr
from tiled.structures.array import ArrayStructure

from compare import assert_same, in_own_order

THREADS = 4


class Matrix:
    """The cells of each kind of file, and the server that has their files."""

    def __init__(self, server, folder, cells):
        self.server = server
        self.folder = folder
        self.cells = cells
        self.read = Counter()
        self.connection = httpx.Client(base_url=server.url, headers=server.headers, timeout=60)
        self.lazy = server.client("dask")

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

    def dataset(self, path, version, **options):
        """A group as xarray sees it."""
        return xarray.open_zarr(f"{self.server.url}/zarr/v{version}/{quote(path)}", chunks=None, zarr_format=version, storage_options={"headers": self.server.headers}, **options)

    def groups(self, kind):
        """The cells of each group by their names in it, by the group's path."""
        found = defaultdict(dict)
        for cell in self.cells[kind]:
            path, _, name = cell.path.rpartition("/")
            found[path][name] = cell
        return found

    def lazy_arrays(self, kind):
        """The Tiled client's dask arrays of a kind by path, with one request for each page of a container rather than one for each array."""
        found, waiting = {}, [(kind, self.lazy[kind])]
        while waiting:
            path, container = waiting.pop()
            for key, child in container.items():
                if child.structure_family == "container":
                    waiting.append((f"{path}/{key}", child))
                else:
                    found[f"{path}/{key}"] = child
        return found

    def check_all(self, client, cells, read, byte_order, threads=THREADS):
        """Reads every cell with a client; all that differ are told at once."""

        def problem_of(cell):
            try:
                keeps_order = byte_order and cell.byte_order
                actual, expected = read(cell), cell.expected
                if not keeps_order:
                    actual, expected = in_own_order(actual), in_own_order(expected)
                assert_same(actual, expected, cell.path, keeps_order)
            except Exception as error:  # noqa: BLE001 - whatever it is, the cell is wrong
                return f"{cell.path}: {type(error).__name__} {str(error)[:300]}"

        with ThreadPoolExecutor(threads) as pool:
            problems = [problem for problem in pool.map(problem_of, cells) if problem]
        assert not problems, f"{client}: {len(problems)} of {len(cells)} arrays are wrong:\n" + "\n".join(problems[:30])
        self.read[client] += len(cells)

    def report(self):
        """What is in it, and how much of it each client read."""
        cells = [cell for kind in self.cells.values() for cell in kind]
        yield f"{'format':<18} {'types':>5} {'layouts':>7} {'filters':>7} {'arrays':>6}"
        for format_, count in Counter(cell.format for cell in cells).items():
            axes = [len({getattr(cell, axis) for cell in cells if cell.format == format_}) for axis in ("dtype", "layout", "filter")]
            yield f"{format_:<18} {axes[0]:>5} {axes[1]:>7} {axes[2]:>7} {count:>6}"
        yield f"{len(cells)} arrays; right values read: " + ", ".join(f"{client} {count}" for client, count in self.read.items())
