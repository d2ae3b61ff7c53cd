"""What happens to a cluster when single processes are killed."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import h5py
import httpx
import numpy as np
import pytest

from server import Server
from waiting import wait_until

pytestmark = pytest.mark.cluster

CHUNKS = 500
CHUNK_LENGTH = 256
READS = 2_000


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    path.mkdir()
    return path


def write_numbered(folder, numbers):
    for number in numbers:
        with h5py.File(folder / f"run_{number:04}.h5", "w") as file:
            file.attrs["number"] = number
            file["value"] = np.full(3, number)


def count_in_search_index(server):
    """Containers below the root that a search finds; filters are answered from the index."""
    answer = server.get("/api/v1/search/?filter[structure_family][condition][value]=container&fields=count")
    return answer.json()["meta"]["count"] if answer.status_code == 200 else None


def found_by_number(server, number):
    answer = server.get(f"/api/v1/search/?filter[eq][condition][key]=number&filter[eq][condition][value]={number}&fields=")
    return [item["id"] for item in answer.json()["data"]] if answer.status_code == 200 else None


def readers_that_answer(server):
    return server.get("/readyz").json()["dependencies"]["reader"].get("detail")


def wait_for_equal_index(server, numbers):
    """The index has every file that the catalog has, and nothing else."""
    names = {f"run_{number:04}" for number in numbers}
    wait_until(lambda: set(server.keys()) == names, "the catalog has the files", 180)
    wait_until(lambda: count_in_search_index(server) == len(names), f"the index has {len(names)} documents, not {count_in_search_index(server)}", 180)
    for number in (min(numbers), max(numbers)):
        assert found_by_number(server, number) == [f"run_{number:04}"]


def test_a_reader_killed_while_chunks_are_read_fails_no_request(tmp_path, folder):
    values = np.arange(CHUNKS * CHUNK_LENGTH, dtype="<i4")
    with h5py.File(folder / "many.h5", "w") as file:
        file.create_dataset("chunked", data=values, chunks=(CHUNK_LENGTH,), compression="gzip")
        for index in range(8):  # several manifests, so that both readers have some
            file.create_dataset(f"other_{index}", data=values[:2560] + index, chunks=(CHUNK_LENGTH,))
    with Server(tmp_path, folder, readers=2) as server:
        server.wait_for("many")
        victim = server.services()["reader-1"]["processId"]
        problems = []

        def read(number):
            name, chunk = ("chunked", number % CHUNKS) if number % 3 == 0 else (f"other_{number % 8}", number % 10)
            answer = connection.get(f"/api/v1/array/block/many/{name}?block={chunk}")
            expected = values[chunk * CHUNK_LENGTH : (chunk + 1) * CHUNK_LENGTH] + (0 if name == "chunked" else number % 8)
            if answer.status_code != 200 or not np.array_equal(np.frombuffer(answer.content, "<i4"), expected):
                problems.append((number, answer.status_code, answer.text[:200]))

        with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as connection, ThreadPoolExecutor(4) as pool:
            done = [pool.submit(read, number) for number in range(READS)]
            done[READS // 4].result()
            server.control("kill reader-1")
            for future in done:
                future.result()
        assert problems == []
        wait_until(lambda: server.services()["reader-1"]["processId"] is None, "the status file tells of the death")
        assert victim not in [service["processId"] for service in server.services().values()]
        server.control("start reader-1")
        assert server.get("/api/v1/array/block/many/chunked?block=7").status_code == 200


def test_every_reader_killed_in_turn(tmp_path, folder):
    values = np.arange(1000, dtype="<i4")
    np.save(folder / "values.npy", values)
    with Server(tmp_path, folder, readers=2) as server:
        server.wait_for("values")
        for name in ("reader-1", "reader-2"):
            server.control(f"kill {name}")
            for index in range(20):
                answer = server.get(f"/api/v1/array/full/values?slice={index}:{index + 5}")
                assert answer.status_code == 200, answer.text
                assert np.frombuffer(answer.content, "<i4").tolist() == values[index : index + 5].tolist()
            server.control(f"start {name}")
            wait_until(lambda: readers_that_answer(server) == "2 of 2 answer", "the gateway has found it again")


def test_nats_killed_while_nodes_are_registered_loses_no_event(tmp_path, folder):
    write_numbered(folder, range(60))
    with Server(tmp_path, folder) as server:
        wait_for_equal_index(server, range(60))
        server.control("kill nats")
        write_numbered(folder, range(60, 200))
        for number in range(10):
            (folder / f"run_{number:04}.h5").unlink()
        server.walk_again()
        wait_until(lambda: len(server.keys()) == 190, "the catalog goes on without NATS", 180)
        server.control("start nats")
        wait_for_equal_index(server, range(10, 200))


def test_search_killed_while_nodes_are_registered_loses_no_event(tmp_path, folder):
    write_numbered(folder, range(60))
    with Server(tmp_path, folder) as server:
        wait_for_equal_index(server, range(60))
        server.control("kill search")
        write_numbered(folder, range(60, 200))
        (folder / "run_0000.h5").unlink()
        server.walk_again()
        wait_until(lambda: len(server.keys()) == 199, "the catalog goes on without search", 180)
        server.control("start search")
        wait_for_equal_index(server, range(1, 200))


def test_both_killed_in_the_middle_of_a_long_walk(tmp_path, folder):
    write_numbered(folder, range(5))
    with Server(tmp_path, folder) as server:
        wait_for_equal_index(server, range(5))
        write_numbered(folder, range(5, 500))
        server.walk_again()
        wait_until(lambda: len(server.keys()) > 20, "the walk is under way", 120)
        server.control("kill nats")
        server.control("kill search")
        server.control("start nats")
        server.control("start search")
        wait_for_equal_index(server, range(500))


def test_a_catalog_that_starts_again_finds_what_has_changed(tmp_path, folder):
    write_numbered(folder, range(20))
    with Server(tmp_path, folder) as server:
        wait_for_equal_index(server, range(20))
        server.control("stop catalog")
        write_numbered(folder, range(20, 40))
        server.control("start catalog")
        wait_for_equal_index(server, range(40))


def test_the_death_of_an_essential_process_ends_the_cluster(tmp_path, folder):
    np.save(folder / "values.npy", np.arange(3))
    server = Server(tmp_path, folder).start()
    try:
        os.kill(server.services()["catalog"]["processId"], signal.SIGKILL)
        assert server.process.wait(60) == 1
        assert "catalog died" in server.log()
    finally:
        server.kill()


def test_the_death_of_a_reader_is_told(tmp_path, folder):
    np.save(folder / "values.npy", np.arange(3))
    with Server(tmp_path, folder, readers=2) as server:
        os.kill(server.services()["reader-2"]["processId"], signal.SIGKILL)
        wait_until(lambda: "reader-2 died" in server.log(), "it is said in the log")
        assert server.get("/healthz").status_code == 200
