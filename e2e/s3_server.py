"""A versitygw for tests, on a folder of files: the one of TESSERA_TEST_VERSITYGW (a binary)."""

import io
import os
import socket
import subprocess

import minio
import pytest

from server import free_port
from waiting import wait_until

BINARY = os.environ.get("TESSERA_TEST_VERSITYGW")
KEY, SECRET = "end-to-end-key", "end-to-end-secret"

#: For modules that need the server.
needs_versitygw = pytest.mark.skipif(not BINARY, reason="no versitygw: TESSERA_TEST_VERSITYGW is not set")


class S3Server:
    """Context manager. Objects lie as files below `folder`, their tags in extended attributes."""

    bucket = "facility"

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()

    def __enter__(self):
        command = [BINARY, "--port", f"127.0.0.1:{self.port}", "--access", KEY, "--secret", SECRET, "--keep-alive", "--quiet", "posix", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        wait_until(self.accepts, "versitygw accepts connections")
        self.client = minio.Minio(f"127.0.0.1:{self.port}", access_key=KEY, secret_key=SECRET, secure=False)
        self.client.make_bucket(self.bucket)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def accepts(self):
        assert self.process.poll() is None, f"versitygw ended with {self.process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    @property
    def environment(self):
        """What tells Tessera of it, as a user would."""
        return {"TESSERA_STORAGE__S3__ENDPOINT": f"http://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    def put(self, key, content):
        self.client.put_object(self.bucket, key, io.BytesIO(content), len(content))

    def remove(self, key):
        self.client.remove_object(self.bucket, key)

    def upload(self, folder, prefix):
        """Every file below a local folder, under the same name."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())
