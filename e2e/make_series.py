"""Folders of files whose names differ in a running number, and what the library that wrote them reads back of each."""

from dataclasses import dataclass
from typing import Callable

import numpy as np
import tifffile
from PIL import Image

RNG = np.random.default_rng(20)


def values(shape, dtype):
    return RNG.integers(0, 200, size=shape).astype(dtype)


@dataclass(frozen=True)
class Series:
    """`name` has a place for the number; `key` is the path it is served at."""

    name: str
    key: str
    media_type: str
    numbers: tuple
    write: Callable
    read: Callable
    shape: tuple = (9, 7)
    dtype: str = "<u2"
    #: Numbers of files that are cut off, and of files with another shape.
    damaged: tuple = ()
    odd: tuple = ()
    missing: tuple = ()
    #: Where damaged files end.
    cut: int = -20

    def path(self, folder, number):
        return folder / self.name.format(number)

    def make(self, folder):
        self.path(folder, 0).parent.mkdir(parents=True, exist_ok=True)
        for number in self.numbers:
            path = self.path(folder, number)
            shape = (3, *self.shape[1:]) if number in self.odd else self.shape
            self.write(path, values(shape, self.dtype))
            if number in self.damaged:
                path.write_bytes(path.read_bytes()[:self.cut])

    def sound(self):
        """Index and number of the frames that can be read."""
        return [(index, number) for index, number in enumerate(self.numbers) if number not in self.damaged + self.odd]


def tiff(**options):
    return lambda path, array: tifffile.imwrite(path, array, **options)


def numpy_file(order="C"):
    return lambda path, array: np.save(path, np.asarray(array, order=order))


def image(**options):
    return lambda path, array: Image.fromarray(array).save(path, **options)


def read_image(path):
    with Image.open(path) as opened:
        return np.asarray(opened)


NPY, TIFF, PNG, JPEG = "application/x-npy", "image/tiff", "image/png", "image/jpeg"

SERIES = [
    Series("npy/frame_{:04d}.npy", "npy/frame_", NPY, (1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14), numpy_file(), np.load,
           damaged=(10,), odd=(8,), missing=([5, 5], [11, 11])),
    Series("npy/natural{}.npy", "npy/natural", NPY, tuple(range(1, 13)), numpy_file(), np.load, dtype=">f8"),
    Series("npy/fortran-{:02d}.npy", "npy/fortran-", NPY, (0, 1, 2), numpy_file("F"), np.load, shape=(4, 5, 6)),
    Series("npy/scalar_{:02d}.npy", "npy/scalar_", NPY, (0, 1, 2), numpy_file(), np.load, shape=(), dtype="<f4"),
    Series("nameless/{:03d}.npy", "nameless/_unnamed", NPY, (7, 8), numpy_file(), np.load, dtype="|u1"),
    Series("with space/50%_{:03d}.npy", "with space/50%_", NPY, (98, 99, 100, 1000), numpy_file(), np.load, missing=([101, 999],)),
    Series("tif/plain_{:05d}.tif", "tif/plain_", TIFF, (1, 2, 4, 5, 6), tiff(), tifffile.imread, damaged=(5,), missing=([3, 3],)),
    Series("tif/deflate_{:03d}.tiff", "tif/deflate_", TIFF, (1, 2, 3), tiff(compression="zlib", tile=(16, 16)), tifffile.imread, shape=(40, 50)),
    Series("tif/predicted_{:03d}.tif", "tif/predicted_", TIFF, (1, 2, 3), tiff(compression="lzw", predictor=True, rowsperstrip=4), tifffile.imread, shape=(18, 11)),
    Series("tif/rgb_{}.TIF", "tif/rgb_", TIFF, (8, 9, 10), tiff(photometric="rgb"), tifffile.imread, shape=(6, 5, 3), dtype="|u1"),
    Series("png/grey_{:04d}.png", "png/grey_", PNG, (1, 2, 3, 5), image(), read_image, dtype="|u1", damaged=(2,), odd=(3,), missing=([4, 4],), cut=20),
    Series("png/deep_{:02d}.png", "png/deep_", PNG, (1, 2), image(), read_image, dtype="<u2"),
    Series("png/rgba_{:02d}.png", "png/rgba_", PNG, (1, 2), image(), read_image, shape=(5, 6, 4), dtype="|u1"),
    Series("jpg/grey{:02d}.jpg", "jpg/grey", JPEG, (9, 10, 11), image(quality=90), read_image, shape=(24, 17), dtype="|u1"),
    Series("jpg/colour{:02d}.jpeg", "jpg/colour", JPEG, (1, 2, 4), image(quality=90), read_image, shape=(24, 17, 3), dtype="|u1", missing=([3, 3],)),
    Series("tif/pages.{:02d}.tif", "tif/pages", TIFF, (1, 2), tiff(photometric="minisblack"), tifffile.imread, shape=(3, 8, 6)),
]

#: Files that look like a sequence and are none, with the keys that they are served at.
APART = {
    "alone/only_001.npy": ((2, 3), "<i4", "alone/only_001"),
    "differ/pair_1.npy": ((2, 3), "<i4", "differ/pair_1"),
    "differ/pair_2.npy": ((2, 4), "<i4", "differ/pair_2"),
    "differ/type_4.npy": ((2, 3), "<f4", "differ/type_4"),
    "differ/type_8.npy": ((2, 3), "<f8", "differ/type_8"),
    "differ/width_1.npy": ((2, 3), "<i4", "differ/width_1"),
    "differ/width_002.npy": ((2, 3), "<i4", "differ/width_002"),
}


def make_series(folder):
    for series in SERIES:
        series.make(folder)
    for name, (shape, dtype, _) in APART.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / name, values(shape, dtype))
    return folder
