"""Arrays of every data type in random shapes, chunks and codecs, by zarr-python in both formats, h5py and NumPy."""

import math
import random

import h5py
import numcodecs
import numpy as np
import zarr
from zarr import codecs

DTYPES = [
    "|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", ">i2", ">u4", ">i8", "<f2", "<f4", "<f8", ">f2", ">f8",
    "<c8", "<c16", ">c16", "|S1", "|S5", "<U1", "<U4", ">U3", "<M8[ns]", "<M8[D]", ">M8[ms]", "<m8[us]", "|V3",
    [("a", "<i4"), ("b", "|S3"), ("c", "<f8")], [("a", ">i2"), ("b", "<U2"), ("c", "|b1")],
]
SPECIAL = {"f": [math.nan, math.inf, -math.inf, -0.0], "M": ["NaT"], "m": ["NaT"]}
SHAPES = [(), (0,), (1,), (7,), (3, 0, 2), (5, 4), (9, 7), (4, 5, 6), (2, 1, 3, 2)]


def values(chance, dtype, shape):
    """Random elements with the odd ones among them: not a number, the ends of the range, empty text."""
    dtype = np.dtype(dtype)
    count = math.prod(shape)
    if dtype.names:
        array = np.zeros(shape, dtype)
        for name in dtype.names:
            array[name] = values(chance, dtype[name], shape)
        return array
    if dtype.kind == "U":
        letters = ["".join(chance.choice("aé日z") for _ in range(chance.randint(0, dtype.itemsize // 4))) for _ in range(count)]
        return np.array(letters, dtype=dtype).reshape(shape)
    raw = bytearray(chance.randbytes(count * dtype.itemsize))
    if dtype.kind in "bS":
        raw = bytearray(1 + byte % 2 if dtype.kind == "S" else byte % 2 for byte in raw)
    array = np.frombuffer(bytes(raw), dtype=dtype).reshape(shape).copy()
    for special in SPECIAL.get(dtype.kind, []):
        if count:
            array.reshape(-1)[chance.randrange(count)] = special
    return array


def chunks_of(chance, shape):
    return tuple(chance.randint(1, max(length, 1) + 1) for length in shape)


def compressor_v2(chance, dtype):
    return chance.choice([
        None, numcodecs.Zlib(level=chance.randint(1, 9)), numcodecs.GZip(level=3), numcodecs.Zstd(level=chance.randint(1, 9)), numcodecs.LZ4(),
        numcodecs.Blosc(cname=chance.choice(["lz4", "lz4hc", "zstd", "zlib", "blosclz"]), clevel=chance.randint(0, 9), shuffle=chance.randint(0, 2)),
    ])


def filters_v2(chance, dtype):
    possible = [None, None, [numcodecs.Shuffle(elementsize=dtype.itemsize)], [numcodecs.Fletcher32()]]
    if dtype.kind in "iu":
        possible += [[numcodecs.Delta(dtype=dtype.str)], [numcodecs.FixedScaleOffset(offset=0, scale=1, dtype=dtype.str)]]
    return chance.choice(possible)


def fill_of(chance, dtype):
    if dtype.names or dtype.kind in "VSUb":
        return None
    return chance.choice([0, 1] + SPECIAL.get(dtype.kind, []))


def write_zarr_v2(chance, path):
    root = zarr.open_group(path, mode="w", zarr_format=2)
    expected = {}
    for number, name in enumerate(DTYPES * 2):
        dtype, shape = np.dtype(name), chance.choice(SHAPES)
        data = values(chance, dtype, shape)
        fill = fill_of(chance, dtype)
        array = root.create_array(
            f"a{number}", shape=shape, dtype=dtype, chunks=chunks_of(chance, shape), order=chance.choice("CF"), compressors=compressor_v2(chance, dtype),
            filters=filters_v2(chance, dtype), chunk_key_encoding={"name": "v2", "separator": chance.choice("./")}, **({} if fill is None else {"fill_value": fill}),
        )
        expected[f"a{number}"] = write_part(chance, array, data, fill)
    return expected


def write_part(chance, array, data, fill):
    """Writes all, or leaves out what is then the fill value."""
    if fill is None or not data.shape or chance.random() < 0.6:
        array[...] = data
        return data
    half = (slice(0, data.shape[0] // 2),)
    array[half] = data[half]
    return np.asarray(array[...])


def pipeline_v3(chance, dtype, shape, chunks):
    rank = len(shape)
    filters = [codecs.TransposeCodec(order=tuple(chance.sample(range(rank), rank)))] if rank > 1 and chance.random() < 0.4 else []
    compressors = chance.choice([
        [], [codecs.GzipCodec(level=chance.randint(1, 9))], [codecs.ZstdCodec(level=chance.randint(1, 9), checksum=chance.random() < 0.5)], [codecs.Crc32cCodec()],
        [codecs.BloscCodec(cname=chance.choice(["lz4", "zstd", "blosclz"]), shuffle=chance.choice(["noshuffle", "shuffle", "bitshuffle"]), typesize=dtype.itemsize)],
        [codecs.ZstdCodec(level=1), codecs.Crc32cCodec()],
    ])
    is_ordered = dtype.names is None and (dtype.itemsize > 1 and dtype.kind in "iufcmM" or dtype.kind == "U")
    serializer = codecs.BytesCodec(endian=chance.choice(["little", "big"])) if is_ordered else codecs.BytesCodec(endian=None)
    # zarr-python cannot write shards of no axes, nor of structs and raw bytes.
    if rank > 0 and dtype.kind != "V" and chance.random() < 0.4:
        sharding = codecs.ShardingCodec(chunk_shape=chunks, codecs=[*filters, serializer, *compressors], index_location=chance.choice(["start", "end"]))
        return {"chunks": tuple(length * chance.randint(1, 3) for length in chunks), "serializer": sharding, "filters": None, "compressors": None}
    return {"chunks": chunks, "serializer": serializer, "filters": filters, "compressors": compressors}


def write_zarr_v3(chance, path):
    root = zarr.open_group(path, mode="w", zarr_format=3)
    expected = {}
    for number, name in enumerate(DTYPES * 2):
        dtype, shape = np.dtype(name), chance.choice(SHAPES)
        # Byte order is no part of a type here.
        dtype = dtype.newbyteorder("<")
        data = values(chance, dtype, shape)
        fill = fill_of(chance, dtype)
        if fill is None and dtype.names:
            fill = np.zeros((), dtype)[()]
        pipeline = pipeline_v3(chance, dtype, shape, chunks_of(chance, shape))
        array = root.create_array(f"a{number}", shape=shape, dtype=dtype, **pipeline, **({} if fill is None else {"fill_value": fill}))
        expected[f"a{number}"] = write_part(chance, array, data, None if dtype.names else fill)
    texts = root.create_array("texts", shape=(5,), chunks=(2,), dtype=str)
    texts[:3] = np.array(["", "日本", "longer"], dtype=object)
    expected["texts"] = np.asarray(texts[...]).astype(object)
    return expected


def write_hdf5(chance, path):
    expected = {}
    with h5py.File(path, "w") as file:
        for number, name in enumerate(DTYPES):
            dtype, shape = np.dtype(name), chance.choice([shape for shape in SHAPES if 0 not in shape])
            if dtype.kind in "UmM" or dtype.names and any(dtype[field].kind == "U" for field in dtype.names):
                continue
            data = values(chance, dtype, shape)
            options = {}
            if shape and chance.random() < 0.8:
                options = chance.choice([{}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True}, {"compression": "lzf"}, {"compression": "gzip", "fletcher32": True}])
                options["chunks"] = tuple(min(length, chunk) for length, chunk in zip(shape, chunks_of(chance, shape)))
            file.create_dataset(f"a{number}", data=data, **options)
            expected[f"a{number}"] = data
    return expected


def write_layouts(folder, seed=3):
    """Node path → its value."""
    chance = random.Random(seed)
    expected = {}
    for name, write in (("v2.zarr", write_zarr_v2), ("v3.zarr", write_zarr_v3), ("h5.h5", write_hdf5)):
        expected.update({f"{name.split('.')[0]}/{key}": value for key, value in write(chance, folder / name).items()})
    for number, name in enumerate(DTYPES):
        dtype, shape = np.dtype(name), chance.choice(SHAPES)
        data = np.require(values(chance, dtype, shape), requirements=chance.choice(["C", "F"]))
        np.save(folder / f"n{number}.npy", data)
        expected[f"n{number}"] = data
    return expected
