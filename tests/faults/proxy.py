"""A proxy between the jobs and the emulated account, which makes any request of theirs go wrong."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .engines import Engine
from .requests import Request


@dataclass
class Response:
    """What the client is to get; `cut` closes the connection in the middle of the body."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cut: bool = False


class HungUp(Exception):
    """The client gets no answer: its connection is closed."""


@dataclass
class Exchange:
    """A request on its way: what an action has to work with. `signal` reaches the job's whole process group."""

    request: Request
    forward: Callable[[], Response]
    signal: Callable[[signal.Signals], None]


Action = Callable[[Exchange], Response]


@dataclass
class Fault:
    """Acts on the requests that `applies` picks, which is asked about every request, once and in order."""

    applies: Callable[[Request], bool]
    action: Action
    happened: threading.Event = field(default_factory=threading.Event)


def nth(kind: str, number: int) -> Callable[[Request], bool]:
    """The request of a kind that comes as this number, counted from 1."""
    left = number

    def applies(request: Request) -> bool:
        nonlocal left
        left -= request.kind == kind
        return request.kind == kind and left == 0

    return applies


def first_of_each(what: Callable[[Request], Hashable]) -> Callable[[Request], bool]:
    """Of the requests for which `what` answers the same, the first."""
    seen: set[Hashable] = set()

    def applies(request: Request) -> bool:
        is_first = what(request) not in seen
        seen.add(what(request))
        return is_first

    return applies


class Proxy:
    """Listens on loopback and hands on to the emulator at `upstream`, all but what its fault is about.

    `client` is the job that a fault may end or stop; `requests` are all that came, in their order.
    """

    def __init__(self, upstream: int):
        self.upstream = upstream
        self.client: subprocess.Popen | Engine | None = None
        self.requests: list[Request] = []
        self._faults: tuple[Fault, ...] = ()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The endpoint for the jobs."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Has the faults happen within the block; of several that apply to one request, the first."""
        self._faults = faults
        try:
            yield
        finally:
            self._faults = ()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the whole process group of the job."""
        os.killpg(self.client.pid, number)

    def handle(self, request: Request, connection: http.client.HTTPConnection) -> Response:
        """Answers a request, or raises HungUp."""
        with self._lock:
            self.requests.append(request)
            due = [fault for fault in self._faults if fault.applies(request)]
        exchange = Exchange(request, lambda: _forward(request, connection), self.signal)
        if not due:
            return exchange.forward()
        due[0].happened.set()
        return due[0].action(exchange)


def killed_before(exchange: Exchange) -> Response:
    """The job dies as it sends the request; the request never arrives."""
    exchange.signal(signal.SIGKILL)
    raise HungUp


def killed_after(exchange: Exchange) -> Response:
    """The job dies when the request has taken effect, before it knows."""
    exchange.forward()
    exchange.signal(signal.SIGKILL)
    raise HungUp


def unanswered(exchange: Exchange) -> Response:
    """The request takes effect, its answer is lost."""
    exchange.forward()
    raise HungUp


def cut(exchange: Exchange) -> Response:
    """The connection closes in the middle of the answer."""
    answer = exchange.forward()
    answer.cut = True
    return answer


def slow(seconds: float) -> Action:
    """The answer takes its time."""

    def action(exchange: Exchange) -> Response:
        time.sleep(seconds)
        return exchange.forward()

    return action


def refused(exchange: Exchange) -> Response:
    """The service fails, with status 500, and does nothing."""
    return _error(exchange.request, 500, "InternalError")


def throttled(exchange: Exchange) -> Response:
    """The service says in its own way that there were too many requests; S3's way is status 503, SlowDown."""
    if exchange.request.is_s3:
        return _error(exchange.request, 503, "SlowDown")
    of_dynamodb = "DynamoDB" in exchange.request.headers.get("x-amz-target", "")
    code = "ProvisionedThroughputExceededException" if of_dynamodb else "ThrottlingException"
    return _error(exchange.request, 400, code)


def held(released: threading.Event) -> Action:
    """The request waits on its way, until it is released."""

    def action(exchange: Exchange) -> Response:
        released.wait()
        return exchange.forward()

    return action


def stopped(released: threading.Event) -> Action:
    """The job is suspended as it sends the request, which arrives when it is released."""

    def action(exchange: Exchange) -> Response:
        exchange.signal(signal.SIGSTOP)
        return held(released)(exchange)

    return action


def amid(happening: Callable[[], object]) -> Action:
    """Something happens elsewhere while the request is on its way."""

    def action(exchange: Exchange) -> Response:
        happening()
        return exchange.forward()

    return action


def _error(request: Request, status: int, code: str) -> Response:
    """An error as the service puts it."""
    if request.is_s3:
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
        return Response(status, [("Content-Type", "application/xml")], body.encode())
    body = json.dumps({"__type": code, "message": "injected"})
    return Response(status, [("Content-Type", request.headers["content-type"])], body.encode())


def _forward(request: Request, connection: http.client.HTTPConnection) -> Response:
    skipped = ("expect", "connection", "transfer-encoding", "content-length")
    connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.items():
        if name not in skipped:
            connection.putheader(name, value)
    connection.putheader("content-length", str(len(request.body)))
    connection.endheaders(request.body)
    answer = connection.getresponse()
    body = answer.read()
    return Response(answer.status, answer.getheaders(), body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that are killed leave broken connections behind."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One write per answer: many small ones wait for each other on loopback.
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.upstream = http.client.HTTPConnection("127.0.0.1", proxy.upstream)

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def do_GET(self) -> None:
            request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._body())
            try:
                self._answer(proxy.handle(request, self.upstream))
            except (HungUp, http.client.HTTPException, OSError):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

        def handle_expect_100(self) -> bool:
            super().handle_expect_100()
            self.wfile.flush()
            return True

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _answer(self, response: Response) -> None:
            self.send_response_only(response.status)
            names = {name.lower() for name, _ in response.headers}
            for name, value in response.headers:
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            if "content-length" not in names and response.status not in (204, 304):
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body[: len(response.body) // 2] if response.cut else response.body)
            self.wfile.flush()
            if response.cut:
                raise HungUp

        def log_message(self, *_: object) -> None:
            pass

    return Handler
