"""Servers to test against, and a report that the test runner reads."""

import json
import os

import pytest

from make_data import write_all
from server import TOPOLOGY, Server


def pytest_addoption(parser):
    parser.addoption("--tessera-report", help="file to write names and outcomes to, as JSON")


class Outcomes:
    """Names and outcomes of all tests, whichever process ran them."""

    def __init__(self, path):
        self.path = path
        self.found = {}

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        detail = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else str(report.longrepr or "")
        self.found[report.nodeid] = {"name": report.nodeid, "outcome": report.outcome, "detail": detail}

    def pytest_sessionfinish(self):
        with open(self.path, "w") as file:
            json.dump(list(self.found.values()), file)


def pytest_configure(config):
    config.addinivalue_line("markers", "cluster: needs separate processes")
    path = config.getoption("--tessera-report")
    # Only the process that hands tests out to others hears of all of them.
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(path))


def pytest_collection_modifyitems(config, items):
    # A test of single processes has no meaning in one process: it is not a test there, rather than a skipped one.
    if TOPOLOGY != "cluster":
        chosen = [item for item in items if not item.get_closest_marker("cluster")]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo tree, as `npm start` serves it."""
    with Server(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    """A folder of files by every writing library, see make_data.py."""
    folder = tmp_path_factory.mktemp("data")
    write_all(folder)
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory, data_folder):
    """That folder, served."""
    from make_data import SAMPLES

    with Server(tmp_path_factory.mktemp("files"), data_folder) as server:
        yield server.wait_for(*(sample.key.split("/")[0] for sample in SAMPLES))


@pytest.fixture
def state(tmp_path):
    """Where state is kept; the user that runs PostgreSQL must be let in."""
    for above in [tmp_path, *tmp_path.parents]:
        if os.access(above, os.W_OK) and above.stat().st_uid == os.getuid():
            above.chmod(above.stat().st_mode | 0o011)
    return tmp_path / "state"
