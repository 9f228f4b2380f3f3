"""GitHub's releases over HTTP on loopback, with faults on demand and a log of every exchange."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.github.exchange import Exchange, Fault
from tests.fakes.github.forms import Forms
from tests.fakes.github.state import Refusal, Release, Releases

TOKEN = "token-of-the-double"
MAX_BODY = 16 * 1024 * 1024
_PREFIX = "/repos/{owner}/{repo}"
_RELEASES = f"{_PREFIX}/releases"


@dataclass(frozen=True)
class Call:
    """A request after routing."""

    numbers: dict[str, str]
    query: dict[str, str]
    body: bytes
    content_type: str

    @property
    def given(self) -> dict[str, Any]:
        """Give the body as a JSON object."""
        try:
            plain = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refusal(400, "Problems parsing JSON") from error
        return plain if isinstance(plain, dict) else {}


@dataclass(frozen=True)
class Answer:
    """What goes back; `plain` None sends no body."""

    status: int
    plain: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class GitHubDouble:
    """One repository; use it as a context manager."""

    def __init__(self, repository: str = "acme/images", *, immutable: bool = False) -> None:
        self.repository = repository
        self.token = TOKEN
        self.state = Releases(immutable=immutable)
        self.exchanges: list[Exchange] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        owner, _, name = repository.partition("/")
        self.forms = Forms(self.url, owner, name)
        self._routes = _routes(self)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(self, fault: Fault) -> None:
        """Let one coming request fail."""
        self.faults.append(fault)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer | None:
        """Answer one request; None cuts the connection."""
        parts = urlsplit(target)
        with self._lock:
            fault = self._take_fault(method, parts.path)
            if fault and not fault.done:
                answer = _broken(fault)
                route, given = "", None
            else:
                answer, route, given = self._serve(method, parts.path, parts.query, headers, body)
                answer = _broken(fault) if fault else answer
            status = answer.status if answer else 0
            plain = answer.plain if answer else None
            self.exchanges.append(Exchange(method, route, parts.path, status, given, plain))
        return answer

    def _take_fault(self, method: str, path: str) -> Fault | None:
        for number, fault in enumerate(self.faults):
            if fault.method in (method, "*") and re.search(fault.path, path):
                if fault.after:
                    self.faults[number] = replace(fault, after=fault.after - 1)
                    return None
                return self.faults.pop(number)
        return None

    def _serve(
        self, method: str, path: str, query: str, headers: Any, body: bytes
    ) -> tuple[Answer | None, str, Any]:
        route = ""
        try:
            if headers.get("Authorization") not in (f"token {self.token}", f"Bearer {self.token}"):
                raise Refusal(401, "Bad credentials")  # noqa: TRY301
            route, action, numbers = self._route(method, path)
            first = {key: values[0] for key, values in parse_qs(query).items()}
            call = Call(numbers, first, body, headers.get("Content-Type", ""))
            given = call.given if method in ("POST", "PATCH") and "/uploads/" not in path else None
            return action(call), route, given
        except Refusal as refusal:
            return Answer(refusal.status, self.forms.refusal(refusal)), route, None

    def _route(self, method: str, path: str) -> tuple[str, Callable[[Call], Answer], dict[str, str]]:
        path = path.removeprefix("/uploads") if method == "POST" else path
        for (verb, route), action in self._routes.items():
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route)
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                numbers = {key: unquote(value) for key, value in found.groupdict().items()}
                if f"{numbers['owner']}/{numbers['repo']}" == self.repository:
                    return route, action, numbers
        raise Refusal(404, "Not Found")

    def list_releases(self, call: Call) -> Answer:
        """Give one page; a Link header leads to the next."""
        size = min(int(call.query.get("per_page", "30")), 100)
        page = int(call.query.get("page", "1"))
        found = self.state.all()
        shown = found[(page - 1) * size : page * size]
        link = f'<{self.forms.api}/releases?per_page={size}&page={page + 1}>; rel="next"'
        headers = {"Link": link} if page * size < len(found) else {}
        return Answer(200, [self.forms.release(item) for item in shown], headers)

    def upload(self, call: Call) -> Answer:
        """Take a file."""
        release = self.release_of(call)
        given = {
            "name": call.query.get("name"),
            "label": call.query.get("label"),
            "content_type": call.content_type,
            "content": call.body,
        }
        return Answer(201, self.forms.asset(release, self.state.upload(release, given)))

    def release_of(self, call: Call) -> Release:
        """Find the release that a request names by number."""
        return self.state.get(_number(call, "release_id"))


def _routes(double: GitHubDouble) -> dict[tuple[str, str], Callable[[Call], Answer]]:
    state, forms, of = double.state, double.forms, double.release_of
    one, asset = f"{_RELEASES}/{{release_id}}", f"{_RELEASES}/assets/{{asset_id}}"
    return {
        ("GET", _PREFIX): lambda _: Answer(200, forms.repository()),
        ("GET", _RELEASES): double.list_releases,
        ("POST", _RELEASES): lambda call: Answer(201, forms.release(state.create(call.given))),
        ("GET", f"{_RELEASES}/tags/{{tag}}"): lambda call: Answer(
            200, forms.release(state.by_tag(call.numbers["tag"]))
        ),
        ("GET", asset): lambda call: Answer(200, forms.asset(*state.asset(_number(call, "asset_id")))),
        ("DELETE", asset): lambda call: _done(lambda: state.delete_asset(_number(call, "asset_id"))),
        ("GET", one): lambda call: Answer(200, forms.release(of(call))),
        ("PATCH", one): lambda call: Answer(200, forms.release(state.edit(of(call), call.given))),
        ("DELETE", one): lambda call: _done(lambda: state.delete(of(call))),
        ("GET", f"{one}/assets"): lambda call: Answer(
            200, [forms.asset(of(call), item) for item in of(call).assets]
        ),
        ("POST", f"{one}/assets"): double.upload,
    }


def _number(call: Call, name: str) -> int:
    if not call.numbers[name].isdecimal():
        raise Refusal(404, "Not Found")
    return int(call.numbers[name])


def _done(action: Callable[[], None]) -> Answer:
    action()
    return Answer(204)


def _broken(fault: Fault) -> Answer | None:
    if fault.status is None:
        return None
    return Answer(fault.status, {"message": fault.message, "documentation_url": ""}, fault.headers)


def _handler(double: GitHubDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                self.close_connection = True
                return
            answer = double.answer(self.command, self.path, self.headers, self.rfile.read(length))
            if answer is None:
                self.close_connection = True
                return
            raw = b"" if answer.plain is None else json.dumps(answer.plain).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing: the exchanges are the log."""

    for method in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler
