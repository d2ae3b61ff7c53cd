"""Every format with every type, layout and filter that its own library writes, and what that library reads back."""

import io
import zipfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import h5py
import hdf5plugin
import netCDF4
import numcodecs
import numpy as np
import tifffile
import xarray
import zarr
from PIL import Image
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

SHAPE = (7, 9)
CHUNKS = (3, 4)
STRUCT = np.dtype([("n", "<i4"), ("x", "<f8"), ("s", "S3")])
NUMBERS = ["i1", "u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8", "<f2", "<f4", ">f4", "<f8", ">f8"]
PLAIN = [*NUMBERS, "<c8", "<c16", "?", "S5"]
ALL = [*PLAIN, ">c16", "<U4", ">U4", "<M8[ms]", "<m8[s]", "V3", STRUCT]


@dataclass(frozen=True)
class Cell:
    """One array: what it is, where it is served, and what the library of its format reads."""

    format: str
    dtype: str
    layout: str
    filter: str
    path: str
    expected: np.ndarray
    #: Whether the order of bytes is part of the type, or one of storage.
    byte_order: bool = True
    #: Names of its axes, if it has any.
    dims: tuple | None = None


def sample(dtype, shape=SHAPE):
    """Values of any type: ends of its range, and such as compress."""
    dtype = np.dtype(dtype)
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    if dtype.names:
        values = np.zeros(shape, dtype)
        for name in dtype.names:
            values[name] = sample(dtype[name], shape)
        return values
    if dtype.kind in "SU":
        return np.array([f"t{number % 50}" for number in numbers.ravel()]).reshape(shape).astype(dtype)
    if dtype.kind in "mM":
        values = (numbers * 1_000_003).astype("<i8").view(dtype)
        values.flat[:1] = np.array("NaT", dtype)
        return values
    if dtype.kind == "V":
        return np.frombuffer((numbers.astype("<u4") * 65_537).tobytes()[: numbers.size * dtype.itemsize], dtype).reshape(shape)
    if dtype.kind == "b":
        return numbers % 3 == 0
    values = (numbers % 100).astype(dtype)
    if dtype.kind in "iu" and values.size > 1:
        values.flat[0], values.flat[1] = np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype.kind in "fc" and values.size > 1:
        values.flat[0], values.flat[1] = np.nan, -np.inf
    return values


def name_of(dtype):
    dtype = np.dtype(dtype)
    if dtype.names:
        return "struct"
    return dtype.str[1:].replace("[", "_").rstrip("]") + ("_big" if dtype.str[0] == ">" else "")


HDF5_FILTERS = {
    "none": {}, "gzip": {"compression": "gzip"}, "shuffle+gzip": {"compression": "gzip", "shuffle": True}, "fletcher32": {"fletcher32": True},
    "lzf": {"compression": "lzf"}, "blosc": hdf5plugin.Blosc(cname="lz4", shuffle=1), "lz4": hdf5plugin.LZ4(), "zstd": hdf5plugin.Zstd(),
    "bitshuffle+lz4": hdf5plugin.Bitshuffle(cname="lz4"), "bitshuffle+zstd": hdf5plugin.Bitshuffle(cname="zstd"),
    "bzip2": hdf5plugin.BZip2(), "blosc2": hdf5plugin.Blosc2(cname="zstd"), "szip": {"compression": "szip"}, "scaleoffset": {"scaleoffset": 0},
}
#: Filters that are for some types alone.
HDF5_KINDS = {"bitshuffle+lz4": "iufcbS", "bitshuffle+zstd": "iufcbS", "szip": "iuf", "scaleoffset": "iu"}


def write_hdf5(folder):
    for libver in ("earliest", "latest"):
        with h5py.File(folder / f"{libver}.h5", "w", libver=libver) as file:
            for dtype in [*PLAIN, STRUCT]:
                values = sample(dtype)
                name = name_of(dtype)
                file[f"contiguous/none/{name}"] = values
                for filter_, options in HDF5_FILTERS.items():
                    # What a filter does to a chunk is the same in every version of the format.
                    is_repeated = libver == "latest" and filter_ not in ("none", "gzip")
                    if is_repeated or np.dtype(dtype).kind not in HDF5_KINDS.get(filter_, "iufcbSV"):
                        continue
                    file.create_dataset(f"chunked/{filter_}/{name}", data=values, chunks=CHUNKS, **options)
                file.create_dataset(f"growing/gzip/{name}", data=values, chunks=CHUNKS, maxshape=(None, None), compression="gzip")
                file.create_dataset(f"unwritten/none/{name}", shape=SHAPE, dtype=dtype, chunks=CHUNKS)
        with h5py.File(folder / f"{libver}.h5") as file:
            for layout, filters in file.items():
                for filter_, arrays in filters.items():
                    for name, dataset in arrays.items():
                        yield Cell(f"hdf5 {libver}", name, layout, filter_, f"hdf5/{libver}/{layout}/{filter_}/{name}", dataset[()])


NETCDF3 = {"NETCDF3_CLASSIC": "classic", "NETCDF3_64BIT_OFFSET": "offset64", "NETCDF3_64BIT_DATA": "cdf5"}


def write_netcdf3(folder):
    types = ["i1", "S1", "i2", "i4", "f4", "f8"]
    for form, key in NETCDF3.items():
        for dtype in types + (["u1", "u2", "u4", "i8", "u8"] if key == "cdf5" else []):
            values = np.array([b"abcdefg"[number % 7 : number % 7 + 1] for number in range(63)]).reshape(SHAPE) if dtype == "S1" else np.nan_to_num(sample(dtype))
            for layout in ("fixed", "records", "lone records"):
                file_key = f"{key}_{dtype}_{layout.replace(' ', '_')}"
                with netCDF4.Dataset(folder / f"{file_key}.nc", "w", format=form) as file:
                    file.set_auto_mask(False)
                    file.createDimension("t", None if "records" in layout else SHAPE[0])
                    file.createDimension("x", SHAPE[1])
                    file.createVariable("v", dtype, ("t", "x"))[:] = values
                    if layout == "records":
                        file.createVariable("other", "i1", ("t",))[:] = 1
                with netCDF4.Dataset(folder / f"{file_key}.nc") as file:
                    file.set_auto_mask(False)
                    yield Cell(f"netcdf3 {key}", dtype, layout, "none", f"netcdf3/{file_key}/v", file["v"][:], byte_order=False, dims=("t", "x"))


NETCDF4_FILTERS = {
    "none": {}, "zlib": {"compression": "zlib", "shuffle": False}, "shuffle+zlib": {"compression": "zlib"}, "zstd": {"compression": "zstd"},
    "bzip2": {"compression": "bzip2"}, "szip": {"compression": "szip"}, "fletcher32": {"fletcher32": True},
}


def write_netcdf4(folder):
    path = folder / "types.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.set_auto_mask(False)
        file.createDimension("t", None)
        file.createDimension("y", SHAPE[0])
        file.createDimension("x", SHAPE[1])
        for dtype, endian in product(["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"], ["little", "big"]):
            values = np.zeros(SHAPE, dtype) + np.arange(63).reshape(SHAPE).astype(dtype)
            for filter_, options in NETCDF4_FILTERS.items():
                file.createVariable(f"chunked {filter_} {dtype}_{endian}", dtype, ("y", "x"), endian=endian, chunksizes=CHUNKS, **options)[:] = values
            file.createVariable(f"contiguous none {dtype}_{endian}", dtype, ("y", "x"), endian=endian, contiguous=True)[:] = values
            file.createVariable(f"unlimited none {dtype}_{endian}", dtype, ("t", "x"), endian=endian)[:7] = values
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        for key, variable in file.variables.items():
            layout, filter_, dtype = key.split(" ")
            yield Cell("netcdf4", dtype, layout, filter_, f"netcdf4/types/{key}", variable[:], byte_order=False, dims=variable.dimensions)


def dataset(types):
    """Variables of these types, with coordinates of every kind: of axes, of two axes, of none; times; what is packed, and what is missing."""
    axes = {"time": 4, "y": SHAPE[0], "x": SHAPE[1]}
    variables = {f"v_{name_of(dtype)}": (tuple(axes), np.nan_to_num(sample(dtype, tuple(axes.values())), neginf=0)) for dtype in types}
    packed = np.round(np.linspace(-20, 40, 63).reshape(SHAPE), 1)
    packed[2, 3:] = np.nan
    made = xarray.Dataset(
        {**variables, "packed": (("y", "x"), packed), "gaps": (("x",), np.where(np.arange(SHAPE[1]) % 4 == 1, np.nan, 1.5).astype("f4")), "when": (("y",), np.datetime64("2026-01-01", "ns") + np.arange(SHAPE[0]) * np.timedelta64(36, "h"))},
        coords={
            "time": np.datetime64("2026-01-01", "ns") + np.arange(4) * np.timedelta64(6, "h"), "y": np.linspace(50, 56, SHAPE[0]), "x": np.arange(SHAPE[1], dtype="i4") * 10,
            "longitude": (("y", "x"), np.arange(63, dtype="f8").reshape(SHAPE)), "height": 2.5,
        },
    )
    made["y"].attrs = {"units": "degrees_north"}
    made["packed"].encoding = {"dtype": "i2", "scale_factor": 0.1, "add_offset": 5.0, "_FillValue": -32768}
    made["when"].encoding = {"dtype": "i4", "units": "hours since 2026-01-01"}
    made["time"].encoding = {"dtype": "i4", "units": "hours since 2025-12-01"}
    return made


def write_xarray(folder):
    """The same data set in each format that xarray writes."""
    classic = ["i1", "<i2", "<i4", "<f4", "<f8"]
    more = [*classic, "u1", "<u2", "<u4", "<i8", "<u8"]
    dataset(classic).to_netcdf(folder / "classic.nc", format="NETCDF3_64BIT", unlimited_dims=["time"])
    dataset(more).to_netcdf(folder / "four.nc", encoding={"longitude": {"zlib": True, "chunksizes": CHUNKS}}, unlimited_dims=["time"])
    for version, key in ((2, "two"), (3, "three")):
        dataset([*more, "<c16", "<f2", "?"]).to_zarr(folder / f"{key}.zarr", zarr_format=version, encoding={"longitude": {"chunks": CHUNKS}})
    for path in sorted(folder.iterdir()):
        with open_dataset(path, decode_cf=False) as written:
            for name, variable in written.variables.items():
                layout = " ".join(variable.dims) or "scalar"
                yield Cell(f"xarray {path.stem}", name_of(variable.dtype), layout, name, f"xarray/{path.stem}/{name}", variable.values, byte_order=False, dims=variable.dims)


def open_dataset(path, **options):
    """A file or hierarchy as xarray itself opens it."""
    return xarray.open_zarr(path, chunks=None, **options) if path.suffix == ".zarr" else xarray.open_dataset(path, engine="netcdf4", **options)


ZARR2_COMPRESSORS = {
    "none": None, "zlib": numcodecs.Zlib(1), "gzip": numcodecs.GZip(1), "zstd": numcodecs.Zstd(1), "lz4": numcodecs.LZ4(), "bz2": numcodecs.BZ2(1),
    "blosc": numcodecs.Blosc("lz4", 5, 1), "blosc bits": numcodecs.Blosc("zstd", 1, 2),
}
ZARR2_FILTERS = {
    "delta": ([numcodecs.Delta("<i4")], "<i4"), "shuffle": ([numcodecs.Shuffle(4)], "<i4"), "fixedscaleoffset": ([numcodecs.FixedScaleOffset(0, 4, "<f8", "<i4")], "<f8"),
    "quantize": ([numcodecs.Quantize(3, "<f8", "<f4")], "<f8"), "astype": ([numcodecs.AsType("<f4", "<f8")], "<f8"), "packbits": ([numcodecs.PackBits()], "?"),
    "bitround": ([numcodecs.BitRound(7)], "<f4"), "crc32": ([numcodecs.CRC32()], "<i4"), "adler32": ([numcodecs.Adler32()], "<i4"), "fletcher32": ([numcodecs.Fletcher32()], "<i4"),
    "jenkins_lookup3": ([numcodecs.JenkinsLookup3()], "<i4"), "base64": ([numcodecs.Base64()], "<i4"), "categorize": ([numcodecs.Categorize(["t1", "t2"], "<U4")], "<U4"),
}


def put(group, cells, format_, dtype, layout, filter_, shape=SHAPE, chunks=CHUNKS, values=None, **options):
    key = f"{name_of(dtype)} {layout} {filter_}"
    values = sample(dtype, shape) if values is None else values
    array = group.create_array(key, shape=shape, chunks=chunks, dtype=values.dtype, **options)
    if layout != "unwritten":
        array[...] = values
    cells.append((format_, name_of(dtype), layout, filter_, key))


def write_zarr2(folder):
    cells = []
    path = str(folder / "two.zarr")
    group = zarr.open_group(path, mode="w", zarr_format=2)
    for dtype in ALL:
        for filter_, compressor in ZARR2_COMPRESSORS.items():
            # Compressors see bytes: all of them with a few types, a few of them with all.
            if filter_ not in ("none", "zlib", "zstd", "blosc") and dtype not in ("u1", "<i4", ">f8", "S5"):
                continue
            put(group, cells, "zarr v2", dtype, "chunked", filter_, compressors=compressor)
        put(group, cells, "zarr v2", dtype, "fortran", "zstd", order="F", compressors=numcodecs.Zstd(1))
        put(group, cells, "zarr v2", dtype, "nested", "none", compressors=None, chunk_key_encoding={"name": "v2", "separator": "/"})
        put(group, cells, "zarr v2", dtype, "unwritten", "none", compressors=None)
        put(group, cells, "zarr v2", dtype, "scalar", "none", shape=(), chunks=(), compressors=None)
    for filter_, (filters, dtype) in ZARR2_FILTERS.items():
        put(group, cells, "zarr v2", dtype, "filtered", filter_, values=np.nan_to_num(sample(dtype), neginf=0) if "f" in dtype else None, filters=filters, compressors=None)
    yield from cells_of(path, cells, "zarr2/two", True)


ZARR3_COMPRESSORS = {"none": None, "gzip": GzipCodec(level=1), "zstd": ZstdCodec(level=1), "blosc": BloscCodec(cname="lz4", shuffle="shuffle"), "crc32c": Crc32cCodec()}
ZARR3_LAYOUTS = {
    "chunked": {}, "sharded": {"shards": (6, 8)}, "index first": {"shards": {"shape": (6, 8), "index_location": "start"}}, "transposed": {"filters": TransposeCodec(order=(1, 0))},
}


def write_zarr3(folder):
    cells = []
    path = str(folder / "three.zarr")
    group = zarr.open_group(path, mode="w", zarr_format=3)
    types = [dtype for dtype in ALL if np.dtype(dtype).names or np.dtype(dtype).str[0] != ">"]
    for dtype in types:
        for filter_, compressor in ZARR3_COMPRESSORS.items():
            put(group, cells, "zarr v3", dtype, "chunked", filter_, compressors=compressor)
        for layout, options in list(ZARR3_LAYOUTS.items())[1:]:
            # zarr-python itself cannot write these.
            if np.dtype(dtype).kind == "V" and "shards" in options:
                continue
            put(group, cells, "zarr v3", dtype, layout, "zstd", compressors=ZARR3_COMPRESSORS["zstd"], **options)
        put(group, cells, "zarr v3", dtype, "unwritten", "none", compressors=None)
        put(group, cells, "zarr v3", dtype, "scalar", "none", shape=(), chunks=(), compressors=None)
    for dtype in NUMBERS[2:]:
        if dtype[0] == "<":
            put(group, cells, "zarr v3", dtype, "big-endian", "none", serializer=BytesCodec(endian="big"), compressors=None)
    for layout in ("chunked", "sharded"):
        texts = np.array([f"text {number}" * (number % 4) for number in range(63)], object).reshape(SHAPE)
        key = f"string {layout} zstd"
        group.create_array(key, shape=SHAPE, chunks=CHUNKS, dtype=str, **ZARR3_LAYOUTS[layout])[...] = texts
        cells.append(("zarr v3", "string", layout, "zstd", key))
    yield from cells_of(path, cells, "zarr3/three", False)


def cells_of(path, cells, key, byte_order):
    group = zarr.open_group(path, mode="r")
    for format_, dtype, layout, filter_, name in cells:
        yield Cell(format_, dtype, layout, filter_, f"{key}/{name}", values_of(group[name]), byte_order)


def values_of(array):
    """A zarr array in its own type, which a single value has lost."""
    return np.asarray(array[...], None if array.dtype.kind in "OT" else array.dtype)


def write_zarr_zip(folder):
    """Each of the chunked arrays once more, stored and deflated, of both versions."""
    for version, (member, method) in product((2, 3), {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}.items()):
        file, cells = io.BytesIO(), []
        store = zarr.storage.MemoryStore()
        group = zarr.open_group(store, mode="w", zarr_format=version)
        for dtype in ALL:
            if version == 2 or np.dtype(dtype).names or np.dtype(dtype).str[0] != ">":
                compressor = {2: numcodecs.Zstd(1), 3: ZstdCodec(level=1)}[version]
                put(group, cells, f"zarr v{version} zip", dtype, member, "zstd", compressors=compressor)
        with zipfile.ZipFile(folder / f"v{version}_{member}.zarr.zip", "w", method) as archive:
            for key, buffer in sorted(store._store_dict.items()):
                archive.writestr(key, buffer.to_bytes())
        for format_, dtype, layout, filter_, name in cells:
            yield Cell(format_, dtype, layout, filter_, f"zarr-zip/v{version}_{member}/{name}", values_of(group[name]), version == 2)


def write_npy(folder):
    layouts = {"C": sample, "fortran": lambda dtype: np.asfortranarray(sample(dtype)), "scalar": lambda dtype: sample(dtype, ()), "empty": lambda dtype: sample(dtype, (0, 3))}
    for dtype, (layout, make) in product(ALL, layouts.items()):
        key = f"{name_of(dtype)}_{layout}"
        np.save(folder / f"{key}.npy", make(dtype))
        yield Cell("npy", name_of(dtype), layout, "none", f"npy/{key}", np.load(folder / f"{key}.npy"))


def write_npz(folder):
    for filter_, save in {"none": np.savez, "deflate": np.savez_compressed}.items():
        save(folder / f"{filter_}.npz", **{f"{layout}/{name_of(dtype)}": make(sample(dtype)) for dtype, (layout, make) in product(ALL, {"C": np.asarray, "fortran": np.asfortranarray}.items())})
        with np.load(folder / f"{filter_}.npz") as archive:
            for key, values in archive.items():
                yield Cell("npz", key.split("/")[1], key.split("/")[0], filter_, f"npz/{filter_}/{key}", values)


TIFF_TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"]
TIFF_FILTERS = {"none": {}, "lzw": {"compression": "lzw"}, "deflate": {"compression": "adobe_deflate"}, "zstd": {"compression": "zstd"}, "packbits": {"compression": "packbits"}, "predictor+lzw": {"compression": "lzw", "predictor": True}, "predictor+deflate": {"compression": "adobe_deflate", "predictor": True}}
TIFF_LAYOUTS = {
    "strips": ((33, 21), {"rowsperstrip": 8}), "tiles": ((33, 40), {"tile": (16, 16)}), "pages": ((3, 17, 21), {"photometric": "minisblack"}),
    "chunky": ((17, 21, 3), {"photometric": "rgb"}), "planar": ((3, 17, 21), {"photometric": "rgb", "planarconfig": "separate"}),
    "bigtiff": ((33, 21), {"bigtiff": True}), "big-endian": ((33, 21), {"byteorder": ">"}),
}


def write_tiff(folder):
    for dtype, (layout, (shape, options)), (filter_, more) in product(TIFF_TYPES, TIFF_LAYOUTS.items(), TIFF_FILTERS.items()):
        # Every filter with strips and tiles; other layouts once as they are and once compressed.
        if (layout not in ("strips", "tiles") and filter_ not in ("none", "predictor+deflate")) or (dtype == "f2" and "predictor" in filter_):
            continue
        key = f"{layout}_{filter_.replace('+', '_')}_{dtype}"
        big_endian = {"byteorder": options["byteorder"]} if "byteorder" in options else {}
        kind = {name: value for name, value in options.items() if name in ("bigtiff",)}
        with tifffile.TiffWriter(folder / f"{key}.tif", **kind, **big_endian) as file:
            file.write(np.nan_to_num(sample(dtype, shape), neginf=0), metadata=None, **{name: value for name, value in options.items() if name not in ("bigtiff", "byteorder")}, **more)
        yield Cell("tiff", dtype, layout, filter_, f"tiff/{key}", tifffile.imread(folder / f"{key}.tif"), byte_order=False)


def write_png(folder):
    for layout, (dtype, shape, mode) in {"grey": ("u1", (17, 21), "L"), "grey16": ("u2", (17, 21), "I;16"), "rgb": ("u1", (17, 21, 3), "RGB"), "rgba": ("u1", (17, 21, 4), "RGBA")}.items():
        Image.fromarray(sample(dtype, shape)).save(folder / f"{layout}.png")
        with Image.open(folder / f"{layout}.png") as image:
            yield Cell("png", dtype, layout, "deflate", f"png/{layout}", np.asarray(image).astype(dtype), byte_order=False)


WRITERS = {
    "hdf5": write_hdf5, "netcdf3": write_netcdf3, "netcdf4": write_netcdf4, "xarray": write_xarray, "tiff": write_tiff, "png": write_png,
    "zarr2": write_zarr2, "zarr3": write_zarr3, "zarr-zip": write_zarr_zip, "npy": write_npy, "npz": write_npz,
}


def write_matrix(folder):
    """Writes a folder of each kind; its cells by kind."""
    cells = {}
    for kind, write in WRITERS.items():
        (Path(folder) / kind).mkdir(parents=True)
        cells[kind] = list(write(Path(folder) / kind))
    return cells
