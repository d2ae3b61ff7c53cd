"""A Tessera of its own for a test, all in one process or as a cluster, started as a user starts it."""

import io
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx
import pyarrow
import zarr
from tiled.client import from_uri

from waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
TOPOLOGY = os.environ.get("TOPOLOGY", "all-in-one")
KEY = "endtoend0key"
READY_SECONDS = 240
# An answer that takes longer is a hang.
API_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Context manager: leaves with SIGTERM, and fails if the server does not end with exit code 0."""

    def __init__(self, folder, *arguments, key=KEY, state=None, readers=2, environment=None):
        self.folder = Path(folder)
        self.port = free_port()
        self.flight_port = free_port()
        self.key = key
        self.arguments = [str(argument) for argument in arguments]
        self.state = state
        self.readers = readers
        self.environment = environment or {}
        self.url = f"http://127.0.0.1:{self.port}"
        self.status_path = self.folder / f"status-{self.port}.json"
        self.log_path = self.folder / f"server-{self.port}.log"
        self.process = None

    def command(self):
        base = [os.environ.get("TESSERA_TEST_NODE", "node"), str(ROOT / "tools/launch/tessera.mjs")]
        if TOPOLOGY == "cluster":
            base += ["cluster", "--readers", str(self.readers), "--status-file", str(self.status_path)]
        else:
            base += ["serve"]
        state = ["--state", str(self.state)] if self.state else ["--temp"]
        return [*base, *self.arguments, "--port", str(self.port), "--flight-port", str(self.flight_port), "--api-key", self.key, *state]

    def start(self):
        with open(self.log_path, "ab") as log:
            # A session of its own: what the terminal sends to pytest does not reach it.
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True, env={**os.environ, **self.environment},
            )
        try:
            wait_until(self.is_ready, f"the server is ready\n{self.log()[-4000:]}", READY_SECONDS)
        except BaseException:
            self.kill()
            raise
        return self

    def is_ready(self):
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        if TOPOLOGY == "cluster" and not self.status_path.exists():
            return False
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, signal_number=signal.SIGTERM):
        """Ask it to end, wait, and return its exit code."""
        self.process.send_signal(signal_number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end within 60 s of {signal.Signals(signal_number).name}:\n{self.log()[-4000:]}")

    def kill(self):
        """End it at once, with all that it started in its session."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        code = self.stop() if self.process.poll() is None else self.process.returncode
        if kind is None:
            assert code == 0, f"the server ended with {code}:\n{self.log()[-4000:]}"

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # How clients reach it

    @property
    def headers(self):
        return {"Authorization": f"Apikey {self.key}"}

    def get(self, path, key=True, **options):
        """A plain HTTP request; `path` from the server's root."""
        return httpx.get(f"{self.url}{path}", headers=self.headers if key else {}, timeout=120, **options)

    def arrow(self, path):
        """A table or partition as it is served: `path` from the API's root."""
        answer = self.get(f"/api/v1/{path}{'&' if '?' in path else '?'}format=application/vnd.apache.arrow.file")
        assert answer.status_code == 200, answer.text
        return pyarrow.ipc.open_file(io.BytesIO(answer.content)).read_all()

    def client(self, structure_clients="numpy", **options):
        """The root as the real Tiled client sees it."""
        return from_uri(f"{self.url}/api/v1", structure_clients, api_key=self.key, **options)

    def zarr(self, path="", version=2, **options):
        """A group or array as zarr-python sees it through fsspec."""
        address = f"{self.url}/zarr/v{version}/{path}".rstrip("/")
        return zarr.open(address, mode="r", zarr_format=version, storage_options={"headers": self.headers}, **options)

    def keys(self, path=""):
        """Keys of a container, all pages."""
        found, url = [], f"{self.url}/api/v1/search/{path}?page[limit]=300&fields="
        while url:
            answer = httpx.get(url, headers=self.headers, timeout=60)
            answer.raise_for_status()
            found += [item["id"] for item in answer.json()["data"]]
            url = answer.json()["links"]["next"]
            url = url and f"{url}&fields="
        return found

    def wait_for(self, *keys, timeout=180):
        """Wait until these paths are there, readable or not: a file is registered as a whole."""

        def missing():
            return [key for key in keys if self.get(f"/api/v1/metadata/{quote(key)}").status_code not in (200, 410)]

        wait_until(lambda: not missing(), f"{sorted(keys)} are served; log:\n{self.log()[-2000:]}", timeout)
        return self

    def walk_again(self):
        """Have it look what has changed in its folders."""
        process_id = self.services()["catalog"]["processId"] if TOPOLOGY == "cluster" else self.process.pid
        os.kill(process_id, signal.SIGHUP)

    # Single processes of a cluster

    def services(self):
        return json.loads(self.status_path.read_text())["services"]

    def control(self, line):
        """`start NAME`, `stop NAME`, `kill NAME`; returns when it is done."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(json.loads(self.status_path.read_text())["controlSocket"])
            connection.sendall(f"{line}\n".encode())
            answer = connection.makefile().readline().strip()
        assert answer == "ok", answer
