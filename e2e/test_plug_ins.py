"""Plug-ins: the example is installed as a package beside tessera.yaml; its format, codec and output serve like any other."""

import json
import os
import subprocess
from urllib.parse import quote

import fabio
import httpx
import numpy as np
import pytest
from fabio.cbfimage import CbfImage
from fabio.compression import compByteOffset

from compare import slices_of
from server import ROOT, Server
from waiting import wait_until

NODE = os.environ.get("TESSERA_TEST_NODE", "node")

#: A format that fails in each way a format can.
FAILING = """
export const apiVersion = 1;
export function register({ formats }) {
  formats.add({
    name: 'failing', mediaTypes: ['application/x-failing'], suffixes: ['.bad'],
    sniff(entry, head) {
      if (entry.uri.endsWith('unsure.bad')) throw new Error('cannot say');
      return entry.uri.endsWith('.bad');
    },
    async *index(entry) {
      if (entry.uri.endsWith('slip.bad')) undefined.length;
      if (entry.uri.endsWith('nonsense.bad')) yield { path: [], metadata: {}, specs: [], structure: { family: 'array', array: { shape: [3], chunks: [3], dataType: {} } } };
      throw new Error('the secret place is /srv/secret');
    },
  });
}
"""


#: One is missing.
FRAME_NUMBERS = [1, 2, 3, 5, 6]


def frames():
    rng = np.random.default_rng(3)
    counts = rng.poisson(4, (195, 487)).astype("i4")
    counts[50, 60:64] = [-1, 2**30, -(2**31), 300]
    return {"pilatus": counts, "short": rng.integers(-(2**15), 2**15, (40, 30)).astype("i2"), "byte": rng.integers(0, 256, (9, 11)).astype("u1")}


def write_zarr(folder, frame, inside_shards):
    """An array whose metadata name the plug-in's codec: no Zarr library writes such a one."""
    codec = {"name": "cbf_byte_offset"}
    encoded = bytes(compByteOffset(frame))
    if inside_shards:
        index = np.array([0, len(encoded)], "<u8").tobytes()
        codec = {
            "name": "sharding_indexed",
            "configuration": {"chunk_shape": frame.shape, "codecs": [codec], "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]},
        }
        encoded += index
    metadata = {
        "zarr_format": 3, "node_type": "array", "shape": frame.shape, "data_type": frame.dtype.name, "fill_value": 0, "codecs": [codec],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": frame.shape}}, "chunk_key_encoding": {"name": "default"}, "attributes": {},
    }
    (folder / "c/0").mkdir(parents=True)
    (folder / "zarr.json").write_text(json.dumps(metadata))
    (folder / "c/0/0").write_bytes(encoded)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A facility's folder: tessera.yaml, its packages, and data."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([NODE, str(ROOT / "tools/plugins/install-example.mjs"), str(folder)], check=True)
    (folder / "failing.mjs").write_text(FAILING)
    (folder / "tessera.yaml").write_text("plugins: [tessera-plugin-cbf, ./failing.mjs]\n")
    data = folder / "data"
    data.mkdir()
    for name, frame in frames().items():
        CbfImage(data=frame, header={"_array_data.header_contents": f"# Detector: {name}"}).write(str(data / f"{name}.cbf"))
    (data / "cut.cbf").write_bytes((data / "pilatus.cbf").read_bytes()[:5000])
    whole = (data / "short.cbf").read_bytes()
    # The header is right, the picture ends too early: each difference is one of four bytes.
    start = whole.index(b"\x0c\x1a\x04\xd5") + 4
    (data / "damaged.cbf").write_bytes(whole[:start] + (b"\x80\x00\x80\x01\x00\x01\x00" * len(whole))[: len(whole) - start])
    for name in ("slip", "nonsense", "unsure", "other"):
        (data / f"{name}.bad").write_text(name)
    write_zarr(data / "offset.zarr", frames()["short"], inside_shards=False)
    write_zarr(data / "shards.zarr", frames()["short"], inside_shards=True)
    (data / "scan").mkdir()
    for number in FRAME_NUMBERS:
        CbfImage(data=frames()["short"] + number).write(str(data / f"scan/frame_{number:05d}.cbf"))
    np.save(data / "picture.npy", np.arange(35, dtype=">u2").reshape(5, 7) * 1000)
    np.save(data / "real.npy", np.ones((3, 4)))
    return folder


@pytest.fixture(scope="module")
def server(site, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("run"), site / "data", "--config", site / "tessera.yaml") as running:
        yield running.wait_for("pilatus", "short", "byte", "cut", "damaged", "slip", "nonsense", "other", "picture", "real", "offset", "shards", "scan/frame_")


@pytest.mark.parametrize("name", frames())
def test_values_over_rest(server, name):
    frame = frames()[name]
    node = server.client()[name]
    served = node.read()
    assert served.dtype == frame.dtype
    np.testing.assert_array_equal(served, frame)
    for chosen in slices_of(frame.shape):
        np.testing.assert_array_equal(node.read(chosen), frame[chosen], err_msg=str(chosen))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("name", frames())
def test_values_over_zarr(server, name, version):
    np.testing.assert_array_equal(server.zarr(name, version)[...], frames()[name])


def test_a_sequence_of_files_is_one_array(server):
    expected = np.stack([frames()["short"] + np.int16(number) for number in FRAME_NUMBERS])
    node = server.client()["scan/frame_"]
    np.testing.assert_array_equal(node.read(), expected)
    np.testing.assert_array_equal(node.read((3, slice(None), slice(4, 9))), expected[3, :, 4:9])
    np.testing.assert_array_equal(server.zarr("scan/frame_", 3)[1:3], expected[1:3])
    assert server.get("/api/v1/array/full/scan/frame_?format=cbf&slice=2").content.startswith(b"###CBF:")


@pytest.mark.parametrize("name", ["offset", "shards"])
def test_the_codec_decodes_zarr_files_too(server, name):
    expected = frames()["short"]
    node = server.client()[name]
    np.testing.assert_array_equal(node.read(), expected)
    np.testing.assert_array_equal(node.read((slice(3, 9), slice(None, None, 4))), expected[3:9, ::4])
    for version in (2, 3):
        np.testing.assert_array_equal(server.zarr(name, version)[...], expected)


def test_what_the_file_says_is_metadata(server):
    node = server.client()["pilatus"]
    assert node.metadata["_array_data.header_contents"] == "# Detector: pilatus"
    assert node.dims == ("y", "x")
    assert [spec.name for spec in node.specs] == ["CBF"]


@pytest.mark.parametrize("asked", ["cbf", "application/x-cbf"])
@pytest.mark.parametrize("name", ["pilatus", "short", "picture"])
def test_the_output_is_what_fabio_reads(server, tmp_path, name, asked):
    expected = {**frames(), "picture": (np.arange(35).reshape(5, 7) * 1000).astype("u2")}[name]
    answer = server.get(f"/api/v1/array/full/{name}?format={quote(asked)}&slice=1:5,::2")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/x-cbf"
    (tmp_path / "out.cbf").write_bytes(answer.content)
    with fabio.open(str(tmp_path / "out.cbf")) as image:
        assert image.data.dtype == expected.dtype
        np.testing.assert_array_equal(image.data, expected[1:5, ::2])


def test_the_output_is_offered(server):
    about = server.get("/api/v1/").json()
    assert "application/x-cbf" in about["formats"]["array"]
    assert about["aliases"]["array"]["application/x-cbf"] == ["cbf"]
    assert "application/x-cbf" not in about["formats"]["table"]
    page = httpx.get(f"{server.url}/browse/pilatus", headers={**server.headers, "accept": "text/html"})
    assert "pilatus.cbf" in page.text
    accepted = httpx.get(f"{server.url}/api/v1/array/full/pilatus", headers={**server.headers, "accept": "application/x-cbf"})
    assert accepted.content.startswith(b"###CBF:")


def test_what_does_not_fit_the_output_is_refused(server):
    answer = server.get("/api/v1/array/full/real?format=cbf")
    assert answer.status_code == 406
    assert "integers in two dimensions" in answer.text


def test_a_file_that_is_cut_off_is_a_problem(server):
    answer = server.get("/api/v1/metadata/cut")
    assert answer.status_code == 410
    assert "The CBF file is cut off" in answer.text


def test_a_picture_that_is_damaged_is_gone(server):
    answer = server.get("/api/v1/array/full/damaged")
    assert answer.status_code == 410, answer.text
    assert "cut short" in answer.text
    assert server.get("/zarr/v2/damaged/0.0").status_code == 410


@pytest.mark.parametrize("name", ["slip", "nonsense", "other"])
def test_a_plug_in_that_throws_is_a_problem_of_its_file(server, name):
    answer = server.get(f"/api/v1/metadata/{name}")
    assert answer.status_code == 410
    assert './failing.mjs' in answer.text and "failed on this file" in answer.text
    # What it threw is for the log.
    assert "secret" not in answer.text
    assert "/srv/secret" in server.log()


def test_plug_ins_come_and_go(site, tmp_path, state):
    """A new plug-in finds the files that nobody could read; without it what it registered says what is missing."""
    data, config = tmp_path / "data", site / "tessera.yaml"
    data.mkdir()
    (data / "frame.cbf").write_bytes((site / "data/byte.cbf").read_bytes())
    np.save(data / "plain.npy", np.arange(4))
    with Server(tmp_path, data, state=state) as without:
        without.wait_for("plain")
        wait_until(lambda: "1 of no known type left out" in without.log(), "the folder is walked")
        assert without.keys() == ["plain"]
    with Server(tmp_path, data, "--config", config, state=state) as with_it:
        np.testing.assert_array_equal(with_it.wait_for("frame").client()["frame"].read(), frames()["byte"])
    with Server(tmp_path, data, state=state) as without:
        without.wait_for("frame", "plain")
        answer = without.get("/api/v1/array/full/frame")
        assert answer.status_code == 405, answer.text
        assert "cbf_byte_offset" in answer.text
        assert without.get("/api/v1/array/full/plain?format=json").json() == [0, 1, 2, 3]


def test_problems_are_listed_at_start(site, tmp_path):
    (tmp_path / "old.mjs").write_text("export const apiVersion = 0; export function register() {}")
    (tmp_path / "thrower.mjs").write_text("throw new Error('no licence');")
    (tmp_path / "clash.mjs").write_text(
        "export const apiVersion = 1; export const register = ({ codecs }) => codecs.add({ name: 'gzip', kind: 'bytes-to-bytes', resolve() {} });"
    )
    config = tmp_path / "tessera.yaml"
    config.write_text("plugins: [tessera-none, ./old.mjs, ./thrower.mjs, ./clash.mjs]\n")
    for arguments in (["config", "check"], ["serve", "--temp", "--port", "0"]):
        ended = subprocess.run([NODE, str(ROOT / "tools/launch/tessera.mjs"), *arguments, "--config", str(config)], capture_output=True, text=True, timeout=120)
        assert ended.returncode == 1
        lines = ended.stderr.splitlines()
        start = lines.index("The configuration is not valid:")
        problems = [line.strip() for line in lines[start + 1 :] if line.startswith("  ")]
        assert [problem.split(": ")[0] for problem in problems] == ["plugins.0", "plugins.1", "plugins.2", "plugins.3"]
        for problem, words in zip(problems, ("npm install tessera-none", "install a newer version of the plug-in", "no licence", 'codec "gzip" is built in')):
            assert words in problem
