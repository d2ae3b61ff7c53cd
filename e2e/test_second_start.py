"""Starting again from kept state, stopping, and what is left behind."""

import os
import signal
import subprocess
import threading

import h5py
import numpy as np
import pytest

from processes import children_of, is_alive
from server import ROOT, TOPOLOGY, Server
from waiting import wait_until


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    path.mkdir()
    np.save(path / "stays.npy", np.arange(6, dtype="<i8").reshape(2, 3))
    np.save(path / "changes.npy", np.arange(4, dtype="<i4"))
    np.save(path / "goes.npy", np.arange(2))
    with h5py.File(path / "tree.h5", "w") as file:
        file["group/values"] = np.arange(5)
        file["group"].attrs["note"] = "kept"
    return path


def rewrite_unnoticeably(path, array):
    """Other content of the same size at the same time of change: only who opens the file can tell."""
    before = path.stat()
    with open(path, "r+b") as file:
        np.save(file, array)
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def shape_of(server, key):
    return server.get(f"/api/v1/metadata/{key}").json()["data"]["attributes"]["structure"]["shape"]


def test_unchanged_files_are_not_opened_again(tmp_path, folder, state):
    with Server(tmp_path, folder, state=state) as server:
        server.wait_for("stays", "changes", "goes", "tree")
        assert shape_of(server, "stays") == [2, 3]
    rewrite_unnoticeably(folder / "stays.npy", np.arange(6, dtype="<i8").reshape(3, 2))
    with Server(tmp_path, folder, state=state) as server:
        server.wait_for("stays")
        assert shape_of(server, "stays") == [2, 3]
        client = server.client()
        assert client["tree/group/values"].read().tolist() == [0, 1, 2, 3, 4]
        assert client["tree/group"].metadata["note"] == "kept"


def test_what_changed_between_two_starts_is_noticed(tmp_path, folder, state):
    with Server(tmp_path, folder, state=state) as server:
        server.wait_for("stays", "changes", "goes", "tree")
    np.save(folder / "changes.npy", np.arange(9, dtype="<f8"))
    np.save(folder / "comes.npy", np.arange(3))
    (folder / "goes.npy").unlink()
    with Server(tmp_path, folder, state=state) as server:
        wait_until(lambda: set(server.keys()) == {"stays", "changes", "comes", "tree"}, "the tree is that of the folder")
        wait_until(lambda: shape_of(server, "changes") == [9], "the changed file has its new shape")
        assert server.client()["changes"].read().tolist() == list(range(9))


def test_the_key_given_is_the_key(tmp_path, folder):
    with Server(tmp_path, folder, key="another0key") as server:
        assert server.get("/api/v1/metadata/").status_code == 200
        assert "another0key" in server.log()


def test_several_paths_are_children_of_the_root(tmp_path, folder):
    other = tmp_path / "other"
    other.mkdir()
    np.save(other / "inner.npy", np.arange(3))
    with Server(tmp_path, folder, other, folder / "stays.npy") as server:
        server.wait_for("data", "other", "stays")
        wait_until(lambda: server.keys("other") == ["inner"], "the second folder is served")
        assert server.client()["stays"].read().shape == (2, 3)


def test_a_path_that_is_not_there(tmp_path, folder):
    server = Server(tmp_path, folder, tmp_path / "nowhere")
    run = subprocess.run(server.command(), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert run.returncode == 1
    assert f"{tmp_path / 'nowhere'}: there is no such file or folder." in run.stderr
    assert str(folder) + ":" not in run.stderr


def test_empty(tmp_path):
    with Server(tmp_path, "--empty") as server:
        assert server.keys() == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_with_all_its_children(tmp_path, folder, signal_number):
    server = Server(tmp_path, folder).start()
    processes = [server.process.pid, *children_of(server.process.pid)]
    assert server.stop(signal_number) == 0, server.log()
    assert [process for process in processes if is_alive(process)] == []


def test_ctrl_c_reaches_the_whole_group(tmp_path, folder):
    """A terminal sends it to every process of the foreground group at once, npm passes it on once more."""
    server = Server(tmp_path, folder).start()
    processes = [server.process.pid, *children_of(server.process.pid)]
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(60) == 0, server.log()
    assert [process for process in processes if is_alive(process)] == []


def test_a_launcher_that_is_killed_leaves_nothing(tmp_path, folder):
    server = Server(tmp_path, folder).start()
    children = children_of(server.process.pid)
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not any(is_alive(child) for child in children), f"no child is left of {children}", 60)


def test_open_requests_are_answered_before_it_ends(tmp_path, folder):
    with Server(tmp_path) as server:
        answers = []
        reader = threading.Thread(target=lambda: answers.append(server.get("/api/v1/array/full/nested/images/medium_image")))
        reader.start()
        wait_until(lambda: answers or reader.is_alive(), "the request is under way")
        reader.join()
        assert answers[0].status_code == 200 and len(answers[0].content) == 8_000_000


def test_npm_start(tmp_path, folder):
    """As the README says it, relative path and all."""
    script = "cluster" if TOPOLOGY == "cluster" else "start"
    server = Server(tmp_path, "./data")
    server.command = lambda: ["npm", "run", "--silent", "--prefix", str(ROOT), script, "--", "./data", "--port", str(server.port), "--api-key", server.key, "--temp", *(["--status-file", str(server.status_path)] if TOPOLOGY == "cluster" else [])]
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        server.start()
    finally:
        os.chdir(here)
    server.wait_for("stays")
    processes = children_of(server.process.pid)
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(60)
    wait_until(lambda: not any(is_alive(process) for process in processes), "no child is left", 30)


def test_help_and_mistakes():
    launcher = [os.environ.get("TESSERA_TEST_NODE", "node"), str(ROOT / "tools/launch/tessera.mjs")]
    command = "cluster" if TOPOLOGY == "cluster" else "serve"
    help_text = subprocess.run([*launcher, command, "--help"], capture_output=True, text=True, timeout=120)
    assert help_text.returncode == 0 and "tessera" in help_text.stdout
    for wrong in (["--no-such-option"], ["--port", "99999"], ["--port", "x"], ["/no/such/folder", "--port", "0", "--temp"]):
        answer = subprocess.run([*launcher, command, *wrong], capture_output=True, text=True, timeout=60)
        assert answer.returncode != 0, wrong
        assert answer.stderr.strip() and "at file:" not in answer.stderr, answer.stderr


def test_a_port_that_is_taken_is_one_sentence(tmp_path, folder):
    with Server(tmp_path, folder) as server:
        second = Server(tmp_path, folder)
        second.port = server.port
        answer = subprocess.run(second.command(), capture_output=True, text=True, timeout=180)
        assert answer.returncode != 0
        assert str(server.port) in answer.stderr
