"""Damaged files and odd requests: no crash, no hang, no 5xx, memory bounded.

A few of each in every run; `TESSERA_MUTATIONS=20000 npm test -- e2e -- -k test_mutations` makes a long one.
"""

import json
import math
import os
import random
import time
from collections import Counter
from urllib.parse import quote

import numpy as np
import psutil
import pytest

from damaged_files import GOOD, write_corpus, write_damaged_files
from odd_requests import API, FORMATS, Node, Request, odd_request
from raw_connection import RawConnection
from server import API_SECONDS, TOPOLOGY, Server
from waiting import wait_until

COUNT = int(os.environ.get("TESSERA_MUTATIONS", "200"))
SEED = int(os.environ.get("TESSERA_MUTATIONS_SEED", "1"))
# So many damaged files are served at a time.
BATCH = 1000
# What a process may take more than when it was ready: caches of 64 MiB each fill up.
GROWTH_BYTES = 700 * 2**20
FULL_BYTES = 2**20
# Of a group within a file so many arrays are read.
SIBLINGS = 4


class Watch:
    """A server whose processes stay the same and whose answers blame nobody else; what was seen is counted."""

    def __init__(self, server):
        self.server = server
        self.connection = RawConnection(server.port, server.headers, API_SECONDS)
        self.statuses = Counter()
        self.slowest = (0.0, "")
        self.processes = self.process_ids()
        self.memory_before = self.memory()
        self.memory_most = self.memory_before

    def process_ids(self):
        """Of all that must not end."""
        services = {name: service["processId"] for name, service in self.server.services().items()} if TOPOLOGY == "cluster" else {}
        return {"server": self.server.process.pid, **services}

    def memory(self):
        """Of the largest of the server's processes."""
        root = psutil.Process(self.server.process.pid)
        return max(process.memory_info().rss for process in [root, *root.children(recursive=True)] if process.is_running())

    def ask(self, request):
        """The answer's status, headers and body, if it is in time and no failure of the server."""
        started = time.monotonic()
        status, headers, body, is_whole = self.connection.ask(request)
        took = time.monotonic() - started
        self.slowest = max(self.slowest, (took, str(request)[:200]))
        self.statuses["closed" if status == 0 else status if is_whole else f"{status} cut off"] += 1
        # 501 and 505 are of methods and versions that there are not.
        assert status < 500, f"{request}: {status} {body[:500]!r}\n{self.server.log()[-3000:]}"
        if status == 0:
            self.check()
        if self.statuses.total() % 200 == 0:
            self.memory_most = max(self.memory_most, self.memory())
        return status, headers, body

    def get(self, target):
        return self.ask(Request(target=target))

    def json(self, target):
        status, _, body = self.get(target)
        assert status == 200, f"{target}: {status} {body[:500]!r}"
        return json.loads(body)

    def check(self):
        """Nothing ended, nothing grew."""
        assert self.server.process.poll() is None, self.server.log()[-3000:]
        assert self.process_ids() == self.processes, self.server.log()[-3000:]
        self.memory_most = max(self.memory_most, self.memory())
        assert self.memory_most - self.memory_before < GROWTH_BYTES, f"{self.memory_before >> 20} MiB, then {self.memory_most >> 20} MiB"

    def report(self, what):
        self.check()
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items(), key=str))
        print(f"{what}: {self.statuses.total()} requests ({statuses}); slowest {self.slowest[0]:.2f} s ({self.slowest[1]}); memory {self.memory_before >> 20} to {self.memory_most >> 20} MiB")

    def groups(self):
        """Every node of the tree, with the others of its container; of what cannot be read its path and family."""
        waiting = [""]
        while waiting:
            path, children = waiting.pop(), []
            target = f"{API}/search/{quote(path)}?page[limit]=100&fields=structure_family&fields=structure"
            while target:
                page = self.json(target)
                children += [node_of(f"{path}/{item['id']}".strip("/"), item["attributes"]) for item in page["data"]]
                target = page["links"]["next"]
                target = target and f"{target.partition(str(self.server.port))[2]}&fields=structure_family&fields=structure"
            waiting += [node.path for node in children if node.family == "container"]
            yield children


def is_folder(nodes):
    """Whether these are folders and files, rather than what is in a file."""
    return all(node.path.count("/") < 2 for node in nodes)


def node_of(path, attributes):
    structure = attributes.get("structure") or {}
    chunks = structure.get("chunks") or []
    return Node(path, attributes["structure_family"], tuple(structure.get("shape") or ()), tuple(map(len, chunks)), tuple(structure.get("columns") or ()))


def read_node(watch, node, rng):
    """Some of it, over REST and both versions of Zarr."""
    if node.family in ("array", "sparse"):
        watch.get(f"{API}/array/full/{node.quoted}?slice=0:3&format=application/octet-stream")
        for read in rng.sample([read_whole, read_block, read_zarr_v2, read_zarr_v3], 2):
            read(watch, node, rng)
    elif node.family == "table":
        watch.get(f"{API}/table/partition/{node.quoted}?partition=0&format=application/json")
        watch.get(f"{API}/table/full/{node.quoted}?format={quote(rng.choice(FORMATS))}")
        watch.get(f"/zarr/v3/{node.quoted}/zarr.json")
    elif rng.random() < 0.1:
        watch.get(f"{API}/container/full/{node.quoted}?format={rng.choice(['application/json', 'application/x-hdf5', 'application/zip'])}")
        watch.get(rng.choice([f"/zarr/v2/{node.quoted}/.zmetadata", f"/zarr/v3/{node.quoted}/zarr.json", f"{API}/metadata/{node.quoted}?include_data_sources=true"]))


def read_whole(watch, node, rng):
    if math.prod(node.shape) < FULL_BYTES:
        watch.get(f"{API}/array/full/{node.quoted}?format={quote(rng.choice(['application/octet-stream', rng.choice(FORMATS)]))}")


def read_block(watch, node, rng):
    watch.get(f"{API}/array/block/{node.quoted}?block={','.join(indices(node, rng))}")


def read_zarr_v2(watch, node, rng):
    watch.get(f"/zarr/v2/{node.quoted}/.zarray")
    watch.get(f"/zarr/v2/{node.quoted}/{'.'.join(indices(node, rng)) or '0'}")


def read_zarr_v3(watch, node, rng):
    watch.get(f"/zarr/v3/{node.quoted}/zarr.json")
    watch.get(f"/zarr/v3/{node.quoted}/{'/'.join(['c', *indices(node, rng)])}")


def indices(node, rng):
    """Of a chunk that there is."""
    return [str(rng.choice([0, rng.randrange(max(1, count))])) for count in node.chunks]


@pytest.mark.timeout(7200)
def test_damaged_files(tmp_path):
    rng = random.Random(SEED)
    for start in range(0, COUNT, BATCH):
        folder = tmp_path / f"batch-{start}"
        folder.mkdir()
        written = write_damaged_files(folder, min(BATCH, COUNT - start), rng)
        with Server(tmp_path, folder) as server:
            watch = Watch(server)
            wait_until(lambda: "Indexing complete" in server.log(), f"all files are looked at:\n{server.log()[-3000:]}", 600)
            families = Counter()
            for siblings in watch.groups():
                families.update(node.family for node in siblings)
                for node in siblings if is_folder(siblings) else rng.sample(siblings, min(len(siblings), SIBLINGS)):
                    read_node(watch, node, rng)
            for part in folder.iterdir():
                status, _, body = watch.get(f"{API}/array/full/{part.name}/good?format=application/octet-stream")
                assert status == 200 and body == GOOD.tobytes(), f"{part.name}/good: {status}"
            watch.report(f"{written.total()} damaged files {dict(written)}, {families.total()} nodes {dict(families)}")
            assert families.total() > written.total() / 10
            assert watch.statuses[200] > watch.statuses.total() / 4


@pytest.mark.timeout(7200)
def test_odd_requests(tmp_path):
    rng = random.Random(SEED + 1)
    folder = tmp_path / "corpus"
    write_corpus(folder)
    with Server(tmp_path, folder) as server:
        wait_until(lambda: "Indexing complete" in server.log(), f"all files are looked at:\n{server.log()[-3000:]}", 600)
        nodes = [node for group in Watch(server).groups() for node in group]
        watch, etags, methods = Watch(server), {}, Counter()
        for _ in range(COUNT):
            request = odd_request(nodes, etags, rng)
            methods[request.method] += 1
            status, headers, _ = watch.ask(request)
            if status == 200 and "etag" in headers and len(etags) < 1000:
                etags[request.target] = headers["etag"]
        assert server.get("/healthz").status_code == 200
        watch.report(f"{COUNT} odd requests of {len(nodes)} nodes, {dict(methods)}")
        # Most are nearly right, or nothing would be reached.
        assert watch.statuses[200] + watch.statuses[206] + watch.statuses[304] > COUNT / 4
