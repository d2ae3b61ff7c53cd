"""TIFF, PNG and JPEG files: the Tiled client and zarr give what tifffile and Pillow read from the files themselves."""

import base64
import json
import shutil
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from compare import assert_same, slices_of
from server import ROOT, Server

FIXTURES = Path(ROOT) / "fixtures"
LARGE = ("large_strips", "large_plain", "large_tiles", "large_lzw", "large_hyperstack", "photo", "deep")


def write_large(folder):
    """Images of many strips and tiles, beyond what a fixture may weigh."""
    y, x = np.mgrid[:613, :701]
    frames = np.stack([(x * 7 + y * (k + 3)) % 4001 for k in range(5)]).astype("u2")
    tifffile.imwrite(folder / "large_plain.tif", frames, rowsperstrip=16, byteorder=">")
    tifffile.imwrite(folder / "large_strips.tif", frames, rowsperstrip=2, compression="zlib")
    tifffile.imwrite(folder / "large_tiles.tif", frames.astype("f4"), tile=(128, 128), compression="zlib", predictor=3)
    tifffile.imwrite(folder / "large_lzw.tif", frames, rowsperstrip=64, compression="lzw", predictor=2)
    tifffile.imwrite(folder / "large_hyperstack.tif", frames[:4].reshape(2, 2, 613, 701), imagej=True, metadata={"axes": "TCYX"})
    rgb = (np.stack([x, y, x + y], -1) % 256).astype("u1")
    Image.fromarray(rgb).save(folder / "photo.jpg", quality=90)
    Image.fromarray(frames[0]).save(folder / "deep.png")


def read_large(path):
    return tifffile.imread(path) if path.suffix == ".tif" else np.asarray(Image.open(path))


def fixture_keys():
    """Key and expected array of every fixture; two files of one name have their whole names as keys."""
    for folder in ("tiff", "image"):
        expected = json.loads((FIXTURES / folder / "expected.json").read_text())
        stems = [Path(name).stem for name in expected]
        for name in expected:
            stem = Path(name).stem
            yield folder, (name if stems.count(stem) > 1 else stem), expected[name]


KEYS = [f"{folder}/{key}" for folder, key, _ in fixture_keys()] + list(LARGE)
each = pytest.mark.parametrize("key", KEYS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    data = tmp_path_factory.mktemp("image_files")
    for name in ("tiff", "image"):
        shutil.copytree(FIXTURES / name, data / name, ignore=shutil.ignore_patterns("*.py", "*.json"))
    write_large(data)
    (data / "cut_off.tif").write_bytes((FIXTURES / "tiff" / "strips_zlib.tif").read_bytes()[:300])
    # A PNG that claims 60,000 by 60,000 pixels.
    small = bytearray((FIXTURES / "image" / "grey.png").read_bytes())
    small[16:24] = (60_000).to_bytes(4, "big") * 2
    (data / "bomb.png").write_bytes(small)
    return data


@pytest.fixture(scope="module")
def images(tmp_path_factory, folder):
    with Server(tmp_path_factory.mktemp("images"), folder) as server:
        yield server.wait_for(*KEYS, "cut_off", "bomb")


@pytest.fixture(scope="module")
def expected(folder):
    arrays = {}
    for name, key, record in fixture_keys():
        data = np.frombuffer(base64.b64decode(record["base64"]), record["dtype"])
        arrays[f"{name}/{key}"] = data.reshape(record["shape"])
    for path in folder.iterdir():
        if path.stem in LARGE:
            arrays[path.stem] = read_large(path)
    return arrays


@pytest.fixture(scope="module")
def client(images):
    return images.client()


@each
def test_over_rest(client, expected, key):
    assert_same(client[key].read(), expected[key], key, byte_order=False)


@each
@pytest.mark.parametrize("version", [2, 3])
def test_over_zarr(images, expected, key, version):
    array = images.zarr(quote(key), version)
    assert isinstance(array, zarr.Array)
    assert_same(array[...], expected[key], key, byte_order=False)


@pytest.mark.parametrize("key", LARGE)
def test_slices(client, expected, key):
    for chosen in slices_of(expected[key].shape):
        assert_same(client[key].read(chosen), np.asarray(expected[key][chosen]), f"{key} {chosen}", byte_order=False)


@pytest.mark.parametrize("key", LARGE)
def test_every_block_is_its_part_of_the_whole(client, expected, key):
    node = client[key]
    edges = [np.cumsum([0, *lengths]) for lengths in node.chunks]
    for block in np.ndindex(*(len(lengths) for lengths in node.chunks)):
        part = tuple(slice(edge[i], edge[i + 1]) for edge, i in zip(edges, block))
        assert_same(node.read_block(block), expected[key][part], f"{key} block {block}", byte_order=False)


def test_dask(images, expected):
    assert_same(images.client("dask")["large_lzw"].read().compute(), expected["large_lzw"], "large_lzw", byte_order=False)


def test_what_the_node_says(client):
    ome = client["tiff/ome"]
    assert ome.dims == ("C", "Z", "Y", "X")
    assert ome.metadata["ome"]["PhysicalSizeX"] == 0.25
    assert [channel["Name"] for channel in ome.metadata["ome"]["Channels"]] == ["red", "green"]
    assert ome.data_sources()[0].mimetype == "image/tiff"
    assert client["tiff/imagej"].metadata["imagej"]["spacing"] == 0.5
    assert client["tiff/plain"].metadata["ImageWidth"] == 29
    assert client["image/grey.png"].data_sources()[0].mimetype == "image/png"
    assert client["image/grey.jpg"].data_sources()[0].mimetype == "image/jpeg"


def test_small_strips_come_in_larger_blocks(client, images):
    assert client["large_strips"].chunks == ((1,) * 5, (613,), (701,))
    assert images.get("/zarr/v2/large_strips/.zarray").json()["chunks"] == [1, 2, 701]


def test_stored_tiles_pass_through(images):
    """Deflate without a predictor is Zarr's zlib: the chunk is the tile as it lies in the file."""
    document = images.get("/zarr/v2/tiff/tiles_zlib/.zarray").json()
    assert document["chunks"] == [16, 32] and document["compressor"]["id"] == "zlib"
    with tifffile.TiffFile(FIXTURES / "tiff" / "tiles_zlib.tif") as file:
        page = file.pages[0]
        stored = (FIXTURES / "tiff" / "tiles_zlib.tif").read_bytes()[page.dataoffsets[0] :][: page.databytecounts[0]]
    assert images.get("/zarr/v2/tiff/tiles_zlib/0.0").content == stored


@pytest.mark.parametrize("key, words", [("cut_off", "cut off"), ("bomb", "too large")])
def test_damage_is_told(images, key, words):
    answer = images.get(f"/api/v1/metadata/{key}")
    assert answer.status_code == 410 and words in answer.json()["detail"]
