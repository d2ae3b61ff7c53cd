"""A web server of files, as simple as they come: ranges and tags, no listings, no conditions."""

import http.server
import os
import re
import threading
from urllib.parse import unquote, urlsplit


class FileServer:
    """Context manager. Serves a folder on loopback, and notes each request."""

    def __init__(self, folder):
        self.folder = folder
        self.requests = []

    def __enter__(self):
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = files.folder / unquote(urlsplit(self.path).path).lstrip("/")
                wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                files.requests.append((self.command, self.path, bool(wanted)))
                if not path.is_file():
                    return self.answer(404, b"", {})
                with open(path, "rb") as file:
                    facts = os.fstat(file.fileno())
                    content = file.read()
                tag = {"ETag": f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"', "Accept-Ranges": "bytes"}
                if not wanted:
                    return self.answer(200, content, tag)
                first = int(wanted[1])
                part = content[first : int(wanted[2]) + 1 if wanted[2] else None]
                if not part:
                    return self.answer(416, b"", {**tag, "Content-Range": f"bytes */{len(content)}"})
                self.answer(206, part, {**tag, "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(content)}"})

            do_HEAD = do_GET

            def answer(self, status, content, headers):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
