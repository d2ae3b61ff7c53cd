"""HDF5 files by h5py: layouts, filters, types, texts, links; and h5py's own reading of any file."""

import h5py
import hdf5plugin
import numpy as np

RNG = np.random.default_rng(7)


def write_layouts(path, libver):
    """Every way of storing the bytes of a dataset, in one generation of the file format."""
    cube = RNG.integers(-1000, 1000, (13, 17, 5)).astype("<i4")
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["title"] = "layouts"
        file["contiguous"] = cube
        _compact(file, "compact", np.arange(12, dtype="<f8").reshape(3, 4))
        file.create_dataset("chunked", data=cube, chunks=(4, 6, 5))
        file.create_dataset("one_chunk", data=cube, chunks=cube.shape)
        file.create_dataset("gzip_shuffle", data=cube, chunks=(5, 5, 2), compression="gzip", shuffle=True)
        file.create_dataset("checked", data=cube, chunks=(5, 5, 2), fletcher32=True)
        file.create_dataset("gzip_checked", data=cube, chunks=(5, 5, 2), compression="gzip", fletcher32=True)
        file.create_dataset("lzf", data=cube, chunks=(5, 5, 2), compression="lzf", shuffle=True)
        file.create_dataset("blosc", data=cube, chunks=(5, 5, 2), **hdf5plugin.Blosc(cname="zstd", shuffle=1))
        file.create_dataset("zstd", data=cube, chunks=(5, 5, 2), **hdf5plugin.Zstd())
        file.create_dataset("bitshuffle", data=cube, chunks=(5, 5, 2), **hdf5plugin.Bitshuffle(cname="lz4"))
        file.create_dataset("big_endian", data=cube.astype(">i4"), chunks=(4, 6, 5), compression="gzip")
        file.create_dataset("growing", data=cube, chunks=(2, 17, 5), maxshape=(None, 17, 5))
        file.create_dataset("growing_aside", data=cube, chunks=(4, 3, 5), maxshape=(13, None, 5))
        file.create_dataset("growing_both", data=cube, chunks=(4, 3, 5), maxshape=(None, None, 5), compression="gzip")
        file.create_dataset("many_chunks", data=np.arange(3000, dtype="<u2"), chunks=(7,), maxshape=(None,))
        _sparse(file, "partly_written")
        file.create_dataset("never_written", shape=(6, 4), chunks=(2, 2), dtype="<f4", fillvalue=-1.5)
        file.create_dataset("never_allocated", shape=(5,), dtype="<i2", fillvalue=9)


def _compact(file, name, data):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(data.shape)
    dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(data.dtype), space, properties)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def _sparse(file, name):
    dataset = file.create_dataset(name, shape=(20, 20), chunks=(6, 6), dtype="<i8", fillvalue=-7, compression="gzip")
    dataset[7:9, 13:] = 5
    # One chunk which skipped its filter, as a writer may decide.
    dataset.id.write_direct_chunk((12, 0), np.full((6, 6), 3, "<i8").tobytes(), filter_mask=1)


def write_types(path):
    """Every type of element that has a NumPy equivalent."""
    with h5py.File(path, "w") as file:
        for code in ("i1", "<i2", ">i2", "<i8", ">i8", "u1", "<u4", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<c8", ">c16"):
            name = code.replace("<", "little_").replace(">", "big_")
            file[name] = np.array([0, 1, 100, 7], dtype=code)
        file["extreme"] = np.array([2**63, 2**64 - 1], dtype="<u8")
        file["not_a_number"] = np.array([np.nan, np.inf, -np.inf, -0.0])
        file["boolean"] = np.array([[True, False], [False, True]])
        file.create_dataset("enumeration", data=[0, 2, 1], dtype=h5py.enum_dtype({"OFF": 0, "ON": 1, "BROKEN": 2}, basetype="<i2"))
        file["compound"] = np.array([(1, 2.5, b"ab"), (3, np.nan, b"")], dtype=[("n", "<i4"), ("x", ">f8"), ("s", "S4")])
        file.create_dataset(
            "compound_chunked", chunks=(3,), compression="gzip",
            data=np.array([((i, i / 2), [i, -i]) for i in range(8)], dtype=[("inner", [("a", "<u2"), ("b", "<f4")]), ("pair", "<i8", (2,))]),
        )
        file["opaque"] = np.frombuffer(b"abcdefghijkl", dtype="V6")
        elements = file.create_dataset("array_elements", shape=(2, 2), dtype=np.dtype(("<i2", (3,))))
        elements[...] = np.arange(12, dtype="<i2").reshape(2, 2, 3)


def write_texts(path):
    with h5py.File(path, "w") as file:
        file["fixed"] = np.array([b"abc", b"de", b""], dtype="S5")
        file.create_dataset("fixed_utf8", data=np.array(["ä".encode(), b"bc"], dtype=h5py.string_dtype("utf-8", 4)))
        file.create_dataset("variable", data=["one", "zwölf", "", "a longer text"], dtype=h5py.string_dtype())
        file.create_dataset("variable_ascii", data=[b"x", b"yy"], dtype=h5py.string_dtype("ascii"))
        file.create_dataset("variable_2d", data=np.array([["a", "bb"], ["ccc", "dddd"]], dtype=object), dtype=h5py.string_dtype())
        file.create_dataset("variable_chunked", data=[f"text {i}" * (i % 4) for i in range(50)], dtype=h5py.string_dtype(), chunks=(8,), compression="gzip")
        file["scalar_text"] = "a scalar"
        file["scalar_bytes"] = np.bytes_(b"fixed scalar")
        file.create_dataset("never_written", shape=(3,), dtype=h5py.string_dtype())


def write_tree(path):
    """Groups within groups, links, scalars and shapes with nothing in them."""
    with h5py.File(path, "w") as file:
        deep = file.create_group("a/b/c/d/e/f/g/h/i/j")
        deep["value"] = np.arange(3)
        deep.attrs["depth"] = 10
        file["scalar"] = 3.25
        file["scalar_int"] = np.int8(-3)
        file["scalar_flag"] = True
        file.create_dataset("empty", shape=(0,), dtype="<f4")
        file.create_dataset("empty_rows", shape=(0, 3), dtype="<i4", chunks=(2, 3), maxshape=(None, 3))
        file.create_group("empty_group")
        file["original"] = np.arange(4, dtype="<u2")
        file["hard"] = file["original"]
        file["soft"] = h5py.SoftLink("/original")
        file["soft_to_group"] = h5py.SoftLink("/a/b")
        for index in range(300):  # more than one node of a group's index
            file[f"many/item_{index:03}"] = index


def read_all(path):
    """Path → value of every dataset that h5py can read, as NumPy holds it in bytes; links are followed."""
    found = {}
    with h5py.File(path, "r") as file:
        _collect(file, "", found, above=())
    return found


def _collect(group, prefix, found, above):
    for name in group:
        try:
            item = group[name]
        except (KeyError, OSError):
            continue
        path = f"{prefix}/{name}".lstrip("/")
        if isinstance(item, h5py.Group):
            address = h5py.h5o.get_info(item.id).addr
            if address not in above:
                _collect(item, path, found, (*above, address))
        elif isinstance(item, h5py.Dataset) and has_values(item):
            try:
                found[path] = as_bytes(item)
            except OSError:
                continue


def has_values(dataset):
    """Not a null dataspace, and not references or ragged rows, which have no form as arrays."""
    return dataset.shape is not None and not any(
        check(dtype) is not None for dtype in _element_types(dataset.dtype) for check in (_vlen_but_text, lambda t: h5py.check_ref_dtype(t))
    )


def _element_types(dtype):
    if dtype.names is not None:
        return [inner for name in dtype.names for inner in _element_types(dtype[name])]
    return [dtype]


def _vlen_but_text(dtype):
    return None if h5py.check_string_dtype(dtype) else h5py.check_vlen_dtype(dtype)


def as_bytes(dataset):
    """A dataset's value; texts of variable length as UTF-8 bytes, as wide as the longest."""
    if h5py.check_string_dtype(dataset.dtype) and dataset.dtype.kind == "O":
        flat = [text if isinstance(text, bytes) else text.encode() for text in np.asarray(dataset[()], dtype=object).reshape(-1)]
        width = max([1, *map(len, flat)])
        return np.array(flat, dtype=f"S{width}").reshape(dataset.shape)
    value = np.asarray(dataset[()])
    return value.astype(_without_metadata(value.dtype)) if value.dtype.kind != "O" else value


def _without_metadata(dtype):
    """The same bytes without h5py's notes (an enumeration's names)."""
    return dtype if dtype.names is not None or dtype.kind == "V" else np.dtype(dtype.str)
