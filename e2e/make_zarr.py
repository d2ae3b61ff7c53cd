"""Zarr directories of both versions by zarr-python, and its own reading of them."""

import tempfile
import zipfile
from pathlib import Path

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BytesCodec, GzipCodec, ZstdCodec

CUBE = np.arange(7 * 11 * 5, dtype="<i4").reshape(7, 11, 5)


def write_v2(path):
    root = zarr.open_group(path, mode="w", zarr_format=2)
    root.attrs.update({"title": "version two", "list": [1, 2, {"a": None}]})

    def put(name, data, chunks=None, **options):
        array = root.create_array(name, shape=data.shape, dtype=data.dtype, chunks=chunks or data.shape, **options)
        array[...] = data
        return array

    put("blosc", CUBE, (3, 4, 5), compressors=numcodecs.Blosc(cname="lz4", shuffle=1))
    put("blosc_bits", CUBE, (3, 4, 5), compressors=numcodecs.Blosc(cname="zstd", shuffle=2))
    put("zlib", CUBE, (3, 4, 5), compressors=numcodecs.Zlib(level=5))
    put("gzip", CUBE, (3, 4, 5), compressors=numcodecs.GZip(level=5))
    put("zstd", CUBE, (3, 4, 5), compressors=numcodecs.Zstd(level=3))
    put("lz4", CUBE, (3, 4, 5), compressors=numcodecs.LZ4())
    put("raw", CUBE, (3, 4, 5), compressors=None)
    put("shuffled", CUBE, (3, 4, 5), compressors=numcodecs.Zlib(), filters=[numcodecs.Shuffle(elementsize=4)])
    put("differences", np.arange(100, dtype="<i8") ** 2, (30,), compressors=numcodecs.Zlib(), filters=[numcodecs.Delta(dtype="<i8")])
    put("fortran", CUBE, (3, 4, 5), order="F")
    put("nested", CUBE, (3, 4, 5), chunk_key_encoding={"name": "v2", "separator": "/"})
    put("big_endian", CUBE.astype(">f8"), (3, 4, 5))
    put("structured", np.array([(1, 2.5, "ab"), (2, np.nan, "ü")], dtype=[("n", "<i4"), ("x", "<f8"), ("s", "<U3")]))
    put("moments", np.array(["2026-01-01", "NaT", "1900-02-03"], dtype="datetime64[D]"))
    put("words", np.array(["a", "日本", ""]))
    put("octets", np.array([b"ab", b"c"], dtype="S3"))
    put("flags", np.array([True, False, True, True]), (3,))
    put("waves", np.exp(1j * np.arange(10)), (4,))
    put("scalar", np.array(2.5))
    partly = root.create_array("partly_written", shape=(9, 9), chunks=(4, 4), dtype="<f4", fill_value=float("nan"))
    partly[:3, 5:] = 1.5
    root.create_array("inner/deeper/never_written", shape=(4,), chunks=(2,), dtype="<i2", fill_value=-3)


def write_v3(path):
    root = zarr.open_group(path, mode="w", zarr_format=3)
    root.attrs.update({"title": "version three"})

    def put(name, data, chunks=None, **options):
        array = root.create_array(name, shape=data.shape, dtype=data.dtype, chunks=chunks or data.shape, **options)
        array[...] = data
        return array

    put("standard", CUBE, (3, 4, 5))
    put("zstd", CUBE, (3, 4, 5), compressors=ZstdCodec(level=3, checksum=True))
    put("gzip", CUBE, (3, 4, 5), compressors=GzipCodec(level=4))
    put("blosc", CUBE, (3, 4, 5), compressors=zarr.codecs.BloscCodec(cname="lz4", shuffle="shuffle"))
    put("raw", CUBE, (3, 4, 5), compressors=None)
    put("checked", CUBE, (3, 4, 5), compressors=zarr.codecs.Crc32cCodec())
    put("transposed", CUBE, (3, 4, 5), filters=zarr.codecs.TransposeCodec(order=(2, 0, 1)))
    put("sharded", CUBE, (2, 2, 5), shards=(4, 6, 5))
    put("sharded_raw", CUBE, (2, 2, 5), shards=(4, 6, 5), compressors=None)
    put("big_endian", CUBE.astype("<f4"), (3, 4, 5), serializer=BytesCodec(endian="big"))
    put("dotted", CUBE, (3, 4, 5), chunk_key_encoding={"name": "default", "separator": "."})
    put("named", CUBE, (3, 4, 5), dimension_names=["z", "y", "x"])
    put("flags", np.array([True, False, True]))
    put("half", np.linspace(0, 1, 5).astype("<f2"))
    put("waves", np.exp(1j * np.arange(10)).astype("<c8"), (4,))
    put("scalar", np.array(7, dtype="<u1"))
    texts = root.create_array("texts", shape=(4,), chunks=(3,), dtype=str)
    texts[...] = np.array(["a", "日本", "", "longer text"], dtype=object)
    texts = root.create_array("texts_sharded", shape=(5, 3), chunks=(1, 2), shards=(4, 4), dtype=str)
    texts[1:4] = np.array([["a", "日本", ""], ["longer text", "b", "c"], ["d", "e", "f"]], dtype=object)
    partly = root.create_array("partly_written", shape=(9, 9), chunks=(2, 2), shards=(4, 4), dtype="<i4", fill_value=11)
    partly[0:2, 0:2] = 1
    root.create_array("inner/deeper/never_written", shape=(4,), chunks=(2,), dtype="<f8", fill_value=1.5)


def write_single(path):
    array = zarr.open_array(path, mode="w", zarr_format=3, shape=(5, 4), chunks=(2, 3), dtype="<f8")
    array[...] = np.arange(20).reshape(5, 4)
    array.attrs["units"] = "mm"


def write_zip(path):
    """Every member stored, as zarr-python does it; written once: members of a zip file are not replaced."""
    with tempfile.TemporaryDirectory() as folder:
        write_v3(f"{folder}/three.zarr")
        with zipfile.ZipFile(path, "w") as archive:
            add_folder(archive, Path(folder) / "three.zarr")


def write_deflated_zip(path):
    """As a zip program does it, within a folder."""
    with tempfile.TemporaryDirectory() as folder:
        write_v2(f"{folder}/two.zarr")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            add_folder(archive, Path(folder) / "two.zarr", "two.zarr/")


def add_folder(archive, folder, prefix=""):
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            archive.write(path, f"{prefix}{path.relative_to(folder)}")


def read_zip(path):
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        inner = Path(folder) / "two.zarr"
        return read_all(str(inner if inner.exists() else folder))


def read_all(path):
    """Path → value of every array; of an array by itself, the path is empty."""
    opened = zarr.open(path, mode="r")
    if isinstance(opened, zarr.Array):
        return {"": np.asarray(opened[...])}
    return {name: np.asarray(member[...]) for name, member in opened.members(max_depth=None) if isinstance(member, zarr.Array)}
