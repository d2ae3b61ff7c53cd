"""Codecs of plug-ins work in threads: a slow one keeps nobody else waiting, a bad one fails for its chunks. Tags know their version."""

import json
import threading
import time

import httpx
import numpy as np
import pytest

from server import Server

#: `slow` takes its time, `throwing` throws, `bound` says that it works in the main thread only.
CODECS = """
import { isMainThread } from 'node:worker_threads';
export const apiVersion = 1;
const decoders = {
  slow: (bytes) => { const end = Date.now() + 5000; while (Date.now() < end); return bytes; },
  throwing: () => { throw new Error('the secret place is /srv/secret'); },
  later: () => new Promise((resolve, reject) => setTimeout(() => reject(new Error('too late')), 10)),
  where: (bytes) => bytes.map((byte) => byte + (isMainThread ? 1 : 0)),
  bound: (bytes) => bytes.map((byte) => byte + (isMainThread ? 1 : 0)),
};
export function register({ codecs }) {
  for (const [name, decode] of Object.entries(decoders)) {
    codecs.add({ name, kind: 'bytes-to-bytes', isMainThreadOnly: name === 'bound', resolve: (configuration, { maxByteLength }) => ({ decode, maxEncodedByteLength: maxByteLength }) });
  }
}
"""

#: As a native library may be that only one thread can load.
MAIN_ONLY = """
import { isMainThread } from 'node:worker_threads';
if (!isMainThread) throw new Error('no second copy of the driver');
export const apiVersion = 1;
export const register = ({ codecs }) => codecs.add({ name: 'driver', kind: 'bytes-to-bytes', resolve: (configuration, { maxByteLength }) => ({ decode: (bytes) => bytes, maxEncodedByteLength: maxByteLength }) });
"""

NAMES = ("slow", "throwing", "later", "where", "bound", "driver")
VALUES = np.arange(12, dtype="u1").reshape(3, 4)


def write_zarr(folder, codec):
    metadata = {
        "zarr_format": 3, "node_type": "array", "shape": VALUES.shape, "data_type": "uint8", "fill_value": 0, "codecs": [{"name": "bytes"}, {"name": codec}],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": VALUES.shape}}, "chunk_key_encoding": {"name": "default"}, "attributes": {},
    }
    (folder / "c/0").mkdir(parents=True)
    (folder / "zarr.json").write_text(json.dumps(metadata))
    (folder / "c/0/0").write_bytes(VALUES.tobytes())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    package = folder / "node_modules/facility-codecs"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "facility-codecs", "version": "1.0.0", "type": "module", "main": "index.js"}))
    (package / "index.js").write_text(CODECS)
    (folder / "driver.mjs").write_text(MAIN_ONLY)
    (folder / "tessera.yaml").write_text("plugins: [facility-codecs, ./driver.mjs]\n")
    for name in NAMES:
        write_zarr(folder / f"data/{name}.zarr", name)
    np.save(folder / "data/plain.npy", VALUES)
    return folder


@pytest.fixture(scope="module")
def server(site, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("run"), site / "data", "--config", site / "tessera.yaml") as running:
        yield running.wait_for(*NAMES, "plain")


def test_a_slow_codec_keeps_nobody_waiting(server):
    server.get("/api/v1/array/full/plain")
    answers = []
    slow = threading.Thread(target=lambda: answers.append(server.get("/api/v1/array/full/slow")))
    slow.start()
    longest, count = 0.0, 0
    while slow.is_alive():
        start = time.perf_counter()
        assert server.get("/api/v1/array/full/plain").status_code == 200
        longest, count = max(longest, time.perf_counter() - start), count + 1
    assert answers[0].content == VALUES.tobytes()
    # In the thread that answers, one of them would have waited for all of it.
    assert count > 3 and longest < 4, (count, longest)


def test_it_is_a_thread_unless_the_codec_is_bound_to_the_main_one(server):
    np.testing.assert_array_equal(server.client()["where"].read(), VALUES)
    np.testing.assert_array_equal(server.zarr("where", 3)[...], VALUES)
    np.testing.assert_array_equal(server.client()["bound"].read(), VALUES + 1)


@pytest.mark.parametrize(("name", "thrown"), [("throwing", "/srv/secret"), ("later", "too late")])
def test_what_a_codec_throws_is_an_error_of_its_chunk(server, name, thrown):
    answer = server.get(f"/api/v1/array/full/{name}")
    assert answer.status_code == 410
    assert "facility-codecs" in answer.text and thrown not in answer.text
    assert thrown in server.log()


def test_a_plug_in_that_no_thread_can_load_is_said_to_be_the_reason(server):
    for _ in range(3):
        answer = server.get("/api/v1/array/full/driver")
        assert answer.status_code == 503
        assert "./driver.mjs" in answer.text and "could not be loaded" in answer.text
    assert "no second copy of the driver" in server.log()
    assert server.get("/api/v1/array/full/plain").status_code == 200


def test_tags_are_those_of_a_version(site, tmp_path, state):
    paths = ("/api/v1/array/full/stays", "/api/v1/array/full/stays?format=csv", "/api/v1/array/block/stays?block=0,0", "/zarr/v2/stays/0.0", "/zarr/v3/stays/c/0/0")
    package = site / "node_modules/facility-codecs/package.json"
    data = tmp_path / "data"
    data.mkdir()
    np.save(data / "stays.npy", VALUES)

    def tags(given=None):
        with Server(tmp_path, data, "--config", site / "tessera.yaml", state=state) as running:
            running.wait_for("stays")
            found = [server_tag(running, path) for path in paths]
            for path, tag in zip(paths, given or found):
                answer = httpx.get(running.url + path, headers={**running.headers, "if-none-match": tag})
                assert answer.status_code == (304 if tag in found else 200), path
            return found

    first = tags()
    assert tags(first) == first
    package.write_text(package.read_text().replace("1.0.0", "1.0.1"))
    second = tags(first)
    assert all(one != other for one, other in zip(first, second))


def server_tag(running, path):
    return running.get(path).headers["etag"]
