"""Damaged files and odd requests: no crash, no hang, no 5xx, memory bounded.

A few of each in every run; `TESSERA_MUTATIONS=20000 npm test -- e2e -- -k test_mutations` makes a long one.
"""

import os
from urllib.parse import quote

import httpx
import psutil
import pytest

from mutations import generator, odd_request, write_damaged_files
from server import API_SECONDS, Server
from waiting import wait_until

COUNT = int(os.environ.get("TESSERA_MUTATIONS", "200"))
SEED = int(os.environ.get("TESSERA_MUTATIONS_SEED", "1"))
# So many damaged files are served at a time.
BATCH = 1000
# What a process may take more than when it was ready: caches of 64 MiB each fill up.
GROWTH_BYTES = 700 * 2**20


def memory(server):
    """Of the largest of the server's processes."""
    root = psutil.Process(server.process.pid)
    return max(process.memory_info().rss for process in [root, *root.children(recursive=True)] if process.is_running())


class Asker:
    """One connection to a server."""

    def __init__(self, server):
        self.server = server
        self.client = httpx.Client(base_url=server.url, headers=server.headers, timeout=API_SECONDS)

    def get(self, target):
        """The answer. Fails if there is none in time, or if it blames the server."""
        answer = self.client.get(target)
        assert answer.status_code < 500, f"{target}: {answer.status_code} {answer.text[:500]}\n{self.server.log()[-3000:]}"
        return answer

    def children(self, path):
        """Path and family of every child, in pages; those that cannot be read too."""
        target = f"/api/v1/search/{quote(path)}?page[limit]=300&fields=structure_family"
        while target:
            page = self.get(target).json()
            for item in page["data"]:
                yield f"{path}/{item['id']}".strip("/"), item["attributes"]["structure_family"]
            target = page["links"]["next"]

    def nodes(self):
        """Every node of the tree."""
        waiting = [""]
        while waiting:
            for path, family in self.children(waiting.pop()):
                yield path, family
                if family == "container":
                    waiting.append(path)


def read_everything(asker):
    """Metadata and a part of each array and table, over REST and both versions of Zarr. Returns how many were asked for."""
    count = 0
    for path, family in asker.nodes():
        count += 1
        quoted = quote(path)
        asker.get(f"/api/v1/metadata/{quoted}")
        if family in ("array", "sparse"):
            asker.get(f"/api/v1/array/full/{quoted}?slice=0:3&format=application/octet-stream")
            for version, document, chunk in (("v2", ".zarray", "0"), ("v3", "zarr.json", "c/0")):
                published = asker.get(f"/zarr/{version}/{quoted}/{document}")
                if published.status_code == 200:
                    rank = len(published.json()["shape"])
                    name = (".".join(["0"] * rank) or "0") if version == "v2" else "/".join(["c", *["0"] * rank])
                    asker.get(f"/zarr/{version}/{quoted}/{name}")
        elif family == "table":
            asker.get(f"/api/v1/table/partition/{quoted}?partition=0&format=application/json")
    return count


@pytest.mark.timeout(3600)
def test_damaged_files(tmp_path):
    rng = generator(SEED)
    for start in range(0, COUNT, BATCH):
        folder = tmp_path / f"batch-{start}"
        folder.mkdir()
        written = write_damaged_files(folder, min(BATCH, COUNT - start), rng)
        with Server(tmp_path, folder) as server:
            before = memory(server)
            wait_until(lambda: "Indexing complete" in server.log(), f"all files are looked at:\n{server.log()[-3000:]}", 600)
            asked = read_everything(Asker(server))
            assert server.process.poll() is None
            assert memory(server) - before < GROWTH_BYTES
            print(f"{written} damaged files, {asked} nodes asked for")
            assert asked > written / 10


@pytest.mark.timeout(3600)
def test_odd_requests(demo):
    rng = generator(SEED + 1)
    paths = [path for path, _ in Asker(demo).nodes()]
    before = memory(demo)
    with httpx.Client(base_url=demo.url, headers=demo.headers, timeout=API_SECONDS) as client:
        for _ in range(COUNT):
            method, target, headers = odd_request(paths, rng)
            # Some answers are as long as the largest array: the beginning says how it went.
            with client.stream(method, target, headers=headers) as answer:
                assert answer.status_code < 500, f"{method} {target} {headers}: {answer.status_code}\n{demo.log()[-3000:]}"
    assert demo.get("/healthz").status_code == 200
    assert memory(demo) - before < GROWTH_BYTES
