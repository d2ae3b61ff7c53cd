"""Servers to test against, and a report that the test runner reads."""

import json
import os

import pytest

from make_data import write_all
from server import TOPOLOGY, Server


def pytest_addoption(parser):
    parser.addoption("--tessera-report", help="file to write names and outcomes to, as JSON")


def pytest_configure(config):
    config.tessera_outcomes = {}
    config.addinivalue_line("markers", "cluster: needs separate processes")


def pytest_collection_modifyitems(config, items):
    # A test of single processes has no meaning in one process: it is not a test there, rather than a skipped one.
    if TOPOLOGY != "cluster":
        chosen = [item for item in items if not item.get_closest_marker("cluster")]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" or report.outcome != "passed":
        item.config.tessera_outcomes[report.nodeid] = {
            "name": report.nodeid,
            "outcome": report.outcome,
            "detail": report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else str(report.longrepr or ""),
        }
    return report


def pytest_sessionfinish(session):
    path = session.config.getoption("--tessera-report")
    if path:
        with open(path, "w") as file:
            json.dump(list(session.config.tessera_outcomes.values()), file)


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
