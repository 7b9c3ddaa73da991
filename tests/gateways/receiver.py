"""A webhook endpoint over real HTTP that keeps what comes, raw."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Post(NamedTuple):
    """A request as it came."""

    headers: dict[str, str]
    body: bytes


class Receiver:
    """The endpoint. `on_post` may act on a request and says how it is answered; without it all is accepted."""

    def __init__(self, on_post: Callable[[Post], int] | None = None) -> None:
        self.posts: list[Post] = []
        self.on_post = on_post or (lambda _: 200)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                post = Post(dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
                receiver.posts.append(post)
                self.send_response(receiver.on_post(post))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests read what came, not a log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
