"""Servers to measure and visitors for them: gunicorn in a child process, clients in threads of this one."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import math
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import psutil
from django.db import connection

from engines.places import ROOT

HOST = "127.0.0.1"
WORKERS = 2
THREADS = 4
VISITORS = 4
READY_SECONDS = 60.0
FILES = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="(/[^"]*\.(?:css|js|svg|png|woff2))"')
HEADERS = {
    "Host": HOST,
    "Accept": "text/html",
    "Accept-Encoding": "gzip, br",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.7",
    "Connection": "close",
}


@dataclass
class Server:
    """A gunicorn of two processes with four threads each, as the product ships it."""

    name: str
    application: str
    folder: Path
    environment: Mapping[str, str]
    port: int = field(init=False)
    process: psutil.Popen = field(init=False)

    def start(self, *, first: str) -> float:
        """Start it and return the seconds from exec to the first page."""
        self.port = _free_port()
        command = [
            *(sys.executable, "-m", "gunicorn", self.application, "--bind", f"{HOST}:{self.port}"),
            *("--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS), "--preload"),
            *("--log-level", "warning", "--no-control-socket"),
        ]
        began = time.perf_counter()
        self.process = psutil.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            try:
                self.fetch(first)
            except OSError:
                if time.perf_counter() - began > READY_SECONDS or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return time.perf_counter() - began

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def fetch(self, path: str, more: Mapping[str, str] = MappingProxyType({})) -> bytes:
        """Return the whole answer to one visit, headers included, as it travels; `more` are headers of this visit.

        Raises:
            RuntimeError: it is not the page.
        """
        asked = "".join(f"{name}: {value}\r\n" for name, value in {**HEADERS, **more}.items())
        with socket.create_connection((HOST, self.port), timeout=30) as visitor:
            visitor.sendall(f"GET {path} HTTP/1.1\r\n{asked}\r\n".encode())
            pieces = []
            while piece := visitor.recv(65536):
                pieces.append(piece)
        answer = b"".join(pieces)
        if not answer.startswith(b"HTTP/1.1 200 "):
            message = f"{self.name}{path}: {answer[:400]!r}"
            raise RuntimeError(message)
        return answer

    def memory(self) -> float:
        """Return the resident memory of the largest process in MB."""
        return max(child.memory_info().rss for child in self.process.children()) / 1024**2

    def processor_seconds(self) -> float:
        """Return the processor time of the server so far."""
        return processor_seconds([self.process, *self.process.children(recursive=True)])


def shipped(static_root: str) -> Server:
    """Describe the product as people use it: not the demonstration, behind one proxy that speaks HTTPS."""
    return Server(
        "product",
        "governance.wsgi:application",
        ROOT,
        {
            "DEMONSTRATION": "false",
            "DATABASE_AS": "app",
            "ALLOWED_HOSTS": HOST,
            "SITE_URL": f"https://{HOST}",
            "TRUSTED_PROXIES": "1",
            "STATIC_ROOT": static_root,
        },
    )


def making_anew(product: Server) -> Server:
    """Return the product as it makes each page anew, also for passers-by."""
    return replace(product, environment={**product.environment, "KEPT_PAGES_SECONDS": "0"})


def pack(product: Server) -> Server:
    """Pack the files that the product's pages name, as its start does; return the product."""
    manage = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(manage, cwd=ROOT, env={**os.environ, **product.environment}, check=True)
    return product


def no_files(folder: str) -> str:
    """Let the product start without its packed files, where nobody asks for a page; return the folder."""
    Path(folder, "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": {}, "hash": ""}))
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def processor_seconds(processes: list[psutil.Process]) -> float:
    """Return the processor time of processes that live, and of the children they have outlived."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # its parent counts what it has used
            total += sum(process.cpu_times()[:4])
    return total


def database_processes() -> list[psutil.Process]:
    """Return every process of the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0]).parent()
    return [server, *server.children(recursive=True)] if server else []


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of some seconds of visits to one page."""

    per_second: float
    p50: float
    p95: float
    """Milliseconds."""
    application_ms: float
    database_ms: float
    """Processor time of a request."""


def visit(server: Server, path: str, seconds: float, *, more: Callable[[], Mapping[str, str]] = dict) -> Visit:
    """Let four visitors load a page again and again, each without a pause; `more` makes headers for each visit."""
    times: list[list[float]] = [[] for _ in range(VISITORS)]
    database = database_processes()
    before = (server.processor_seconds(), processor_seconds(database))
    until = time.perf_counter() + seconds

    def load(mine: list[float]) -> None:
        while (began := time.perf_counter()) < until:
            server.fetch(path, more())
            mine.append(time.perf_counter() - began)

    visitors = [threading.Thread(target=load, args=(mine,)) for mine in times]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    after = (server.processor_seconds(), processor_seconds(database))
    found = sorted(value * 1000 for mine in times for value in mine)
    application, in_database = ((late - early) * 1000 / len(found) for early, late in zip(before, after, strict=True))
    return Visit(
        per_second=len(found) / seconds,
        p50=found[len(found) // 2],
        p95=found[math.ceil(len(found) * 0.95) - 1],
        application_ms=application,
        database_ms=in_database,
    )


def session_keys() -> set[tuple[int, str]]:
    """Name the sessions that are open in the database, by process and start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, backend_start::text FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend'"
        )
        return set(cursor.fetchall())


def first_visit(server: Server, path: str) -> int:
    """Return the bytes of a page and of every file that it names, headers included."""
    answer = server.fetch(path)
    head, _, body = answer.partition(b"\r\n\r\n")
    text = _plain(head, body)
    files = dict.fromkeys(FILES.findall(text))
    total = len(answer)
    for name in files:
        total += len(server.fetch(name))
    return total


def _plain(head: bytes, body: bytes) -> str:
    """Read the text of an answer, packed or in pieces."""
    answer = http.client.HTTPResponse(_Replay(head + b"\r\n\r\n" + body))
    answer.begin()
    content = answer.read()
    if answer.getheader("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return content.decode()


class _Replay:
    """A socket that gives again what was received."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def makefile(self, mode: str) -> io.BytesIO:
        """Return the file that an answer is read from."""
        del mode
        return io.BytesIO(self.content)


@contextmanager
def running(server: Server, *, first: str) -> Iterator[Server]:
    """Run a server for a block."""
    server.start(first=first)
    try:
        yield server
    finally:
        server.stop()
