"""Files by the libraries that scientists write with, and what those libraries read back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import make_hdf5
import make_tables
import make_zarr
import numpy as np
import xarray


@dataclass(frozen=True)
class Sample:
    """One file: how it is written, and a map of node path below it → the value its own library reads."""

    file: str
    write: Callable
    read: Callable
    #: Key of its node if that is not the name without suffixes.
    served_as: str = ""
    #: Whether the order of bytes is part of its types; to zarr v3 it is a matter of storage.
    byte_order: bool = True

    @property
    def key(self):
        folder, _, name = self.file.rpartition("/")
        return self.served_as or f"{folder}/{name.split('.')[0]}".lstrip("/")


def npy(file, make, served_as=""):
    return Sample(file, lambda path: np.save(path, make()), lambda path: {"": np.load(path)}, served_as)


def write_npz(save):
    cube = np.arange(7 * 11 * 5, dtype="<i4").reshape(7, 11, 5)
    return lambda path: save(path, cube=cube, fortran=np.asfortranarray(cube), pets=pets(), big=cube.astype(">f8"), scalar=np.array(2.5), **{"inner/words": np.array(["a", "日本"])})


def read_npz(path):
    with np.load(path) as archive:
        return dict(archive)


def pets():
    return np.array(
        [("Rex", 9, 81.5, [1, 2]), ("Fido ü", 3, np.nan, [3, 4])],
        dtype=[("name", "<U10"), ("age", ">i4"), ("weight", "<f4"), ("pair", "<i2", (2,))],
    )


def write_netcdf(path):
    """Data variables with fill values and packing, coordinates with units; one dimension unlimited."""
    count = 7
    dataset = xarray.Dataset(
        {
            "temperature": (("time", "y", "x"), np.linspace(-5, 30, count * 6).reshape(count, 2, 3), {"units": "degC"}),
            "quality": (("y", "x"), np.arange(6, dtype="int8").reshape(2, 3)),
            "with_gaps": (("x",), np.array([1.5, np.nan, 3.5], dtype="float32")),
        },
        coords={"time": np.arange(count) * 3600.0, "y": [10.0, 20.0], "x": np.array([1, 2, 3], dtype="int32")},
        attrs={"title": "made for a test", "version": 3},
    )
    dataset["time"].attrs["units"] = "seconds since 2026-01-01"
    packed = {"zlib": True, "shuffle": True, "complevel": 4, "chunksizes": (3, 2, 2)}
    dataset.to_netcdf(path, engine="netcdf4", unlimited_dims=["time"], encoding={"temperature": packed})


def read_netcdf(path):
    with xarray.open_dataset(path, engine="netcdf4", decode_cf=False) as dataset:
        return {name: dataset[name].values for name in dataset.variables}


# Two files of one key are served under their whole names: clash.npy and clash.csv, types.h5 and types.parquet.
SAMPLES = [
    Sample("earliest.h5", lambda path: make_hdf5.write_layouts(path, "earliest"), make_hdf5.read_all),
    Sample("latest.hdf5", lambda path: make_hdf5.write_layouts(path, "latest"), make_hdf5.read_all),
    Sample("v110.nxs", lambda path: make_hdf5.write_layouts(path, "v110"), make_hdf5.read_all),
    Sample("types.h5", make_hdf5.write_types, make_hdf5.read_all, served_as="types.h5"),
    Sample("texts.h5", make_hdf5.write_texts, make_hdf5.read_all),
    Sample("tree.h5", make_hdf5.write_tree, make_hdf5.read_all),
    Sample("weather.nc", write_netcdf, read_netcdf),
    Sample("two.zarr", make_zarr.write_v2, make_zarr.read_all),
    Sample("three.zarr", make_zarr.write_v3, make_zarr.read_all, byte_order=False),
    Sample("alone.zarr", make_zarr.write_single, make_zarr.read_all),
    Sample("stored.zarr.zip", make_zarr.write_zip, make_zarr.read_zip, byte_order=False),
    Sample("deflated.zarr.zip", make_zarr.write_deflated_zip, make_zarr.read_zip),
    Sample("bundle.npz", write_npz(np.savez), read_npz),
    Sample("packed.npz", write_npz(np.savez_compressed), read_npz),
    npy("plain.npy", lambda: np.arange(24, dtype="<f8").reshape(2, 3, 4)),
    npy("fortran.npy", lambda: np.asfortranarray(np.arange(30, dtype="<i4").reshape(5, 6))),
    npy("bigendian.npy", lambda: np.linspace(0, 1, 9).astype(">f4")),
    npy("pets.npy", pets),
    npy("moments.npy", lambda: np.array(["2026-01-01T00:00:00", "NaT", "1969-07-20T20:17:40"], dtype="datetime64[s]")),
    npy("spans.npy", lambda: np.array([1, -5, 10**12], dtype="timedelta64[10ms]")),
    npy("gaps.npy", lambda: np.array([[np.nan, np.inf], [-np.inf, -0.0]])),
    npy("scalar.npy", lambda: np.array(42, dtype="<u2")),
    npy("nothing.npy", lambda: np.empty((0, 3), dtype="<i8")),
    npy("words.npy", lambda: np.array([["a", "ünïcødé"], ["", "日本"]])),
    npy("octets.npy", lambda: np.array([b"abc", b"", b"\xff\x00\x01"], dtype="S4")),
    npy("flags.npy", lambda: np.array([True, False, True])),
    npy("waves.npy", lambda: np.exp(1j * np.linspace(0, 6, 11)).astype("<c8")),
    npy("half.npy", lambda: np.linspace(-2, 2, 8).astype("<f2")),
    Sample("simple.csv", make_tables.write_simple_csv, make_tables.read_csv),
    Sample("quotes.csv", make_tables.write_quoted_csv, make_tables.read_csv),
    Sample("long.csv", make_tables.write_long_csv, make_tables.read_csv),
    Sample("groups.parquet", make_tables.write_grouped_parquet, make_tables.read_parquet),
    Sample("types.parquet", make_tables.write_typed_parquet, make_tables.read_parquet, served_as="types.parquet"),
    Sample("nested.parquet", make_tables.write_nested_parquet, make_tables.read_parquet),
    npy("sub/deeper/inner.npy", lambda: np.arange(5, dtype="<i2")),
    npy("sub/with space & 100%.npy", lambda: np.arange(3, dtype="<i2")),
    npy("clash.npy", lambda: np.arange(4, dtype="<u1"), served_as="clash.npy"),
    Sample("clash.csv", make_tables.write_simple_csv, make_tables.read_csv, served_as="clash.csv"),
]
ARRAYS = [sample for sample in SAMPLES if not sample.file.endswith((".csv", ".parquet"))]
TABLES = [sample for sample in SAMPLES if sample.file.endswith((".csv", ".parquet"))]


def write_all(folder):
    """Write every sample below a folder, with hidden names beside them that must not be served."""
    for sample in SAMPLES:
        path = Path(folder) / sample.file
        path.parent.mkdir(parents=True, exist_ok=True)
        sample.write(path)
    np.save(Path(folder) / ".hidden.npy", np.arange(3))
    (Path(folder) / ".hidden").mkdir()
    np.save(Path(folder) / ".hidden" / "inside.npy", np.arange(3))
