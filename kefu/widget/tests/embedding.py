"""A brand's own site, on another port, for browser tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
<h1>Shop</h1><p>Lamps and more.</p>
<script>window.seen = []; addEventListener("kefu:ready", () => seen.push("ready"))</script>
<script async src="{script}"></script>
<script>window.kefu=window.kefu||function(){{(kefu.q=kefu.q||[]).push(arguments)}}
kefu("on", "unread", count => seen.push("unread " + count))</script></html>"""


class Shop:
    """``address`` is its origin. Every path is the same page, with ``?lang=`` and ``?csp=`` as one likes."""

    def __init__(self, port: int) -> None:
        self.port, self.script = port, ""
        self.address = f"http://localhost:{port}"


@contextmanager
def shop() -> Iterator[Shop]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if "csp" in asked:
                self.send_header("Content-Security-Policy", asked["csp"][0])
            self.end_headers()
            page = PAGE.format(lang=asked.get("lang", ["en"])[0], script=found.script)
            self.wfile.write(page.encode())

        def log_message(self, *words: object) -> None:
            """Nothing on the screen of whoever runs the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    found = Shop(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
