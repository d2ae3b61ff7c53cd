"""HTTP by hand: requests go out as they are, however wrong."""

import socket

from http.client import HTTPException, HTTPResponse

BODY_BYTES = 2**20


class RawConnection:
    """Keeps one connection to a server, and makes another when that one was closed."""

    def __init__(self, port, headers, timeout):
        self.port = port
        self.headers = headers
        self.timeout = timeout
        self.socket = None

    def ask(self, request):
        """Status, headers, the first MiB of the body, and whether it came as long as it was said to be; a closed connection has status 0."""
        try:
            return self._ask(request)
        except TimeoutError:
            raise AssertionError(f"no answer in {self.timeout} s to {request}") from None
        except (HTTPException, ConnectionError):
            self.close()
            return 0, {}, b"", False

    def _ask(self, request):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.socket.sendall(self._bytes_of(request))
        response = HTTPResponse(self.socket, method=request.method)
        response.begin()
        try:
            body = response.read(BODY_BYTES)
            is_whole = response.length in (0, None) or len(body) == BODY_BYTES
        except (HTTPException, ConnectionError):
            body, is_whole = b"", False
        # What is left of a long answer is not waited for.
        if not response.isclosed() or response.will_close or not is_whole:
            self.close()
        return response.status, dict(response.getheaders()), body, is_whole

    def _bytes_of(self, request):
        headers = {"host": f"127.0.0.1:{self.port}", **{name.lower(): value for name, value in self.headers.items()}, **request.headers}
        if request.body:
            headers["content-length"] = str(len(request.body))
        lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + request.body

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
