"""The way out: which addresses may be called, and that the call goes where the check was."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from governance.partners import transport
from governance.partners.transport import AddressUnusable, NoAnswer, Target, address_of, is_public, post, target_of
from tests.receiver import receiving


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address that must be refused
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:a00:1::", False),
        ("2002:808:808::", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::8.8.8.8", True),
        ("2001:0:808:808::f5ff:fffe", False),
    ],
)
def test_which_addresses_are_public(text: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://partner.example/hook", Target(True, "partner.example", 443, "/hook")),
        ("https://partner.example", Target(True, "partner.example", 443, "/")),
        ("https://partner.example:8443/a?b=c", Target(True, "partner.example", 8443, "/a?b=c")),
        ("https://合作.example/x", Target(True, "xn--2qqs7i.example", 443, "/x")),
        ("https://[2606:4700::1111]/", Target(True, "2606:4700::1111", 443, "/")),
        ("http://localhost:9000/", Target(False, "localhost", 9000, "/")),
        ("http://127.0.0.1/", Target(False, "127.0.0.1", 80, "/")),
    ],
)
def test_addresses_are_taken_apart(url: str, expected: Target) -> None:
    assert target_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "gopher://partner.example/",
        "//partner.example/",
        "partner.example",
        "https://",
        "https:///path",
        "https://user@partner.example/",
        "https://user:word@partner.example/",
        "https://partner.example/#part",
        "https://partner.example:0/",
        "https://partner.example:99999/",
        "https://partner.example:x/",
        "https://partner.example/a b",
        "https://partner.example/\r\nHost: other",
        "https://partner.example/结果",
        "https://" + "a" * 500,
        "http://localhost.partner.example/",
        "http://10.0.0.1/",
    ],
)
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(AddressUnusable):
        target_of(url)


def test_this_machine_is_an_address_only_by_the_setting(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOCALHOST = False

    with pytest.raises(AddressUnusable):
        target_of("http://localhost:9000/")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://10.0.0.5/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:192.168.0.1]/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
    ],
)
def test_names_of_private_addresses_are_refused_however_they_are_written(url: str) -> None:
    with pytest.raises(AddressUnusable):
        address_of(target_of(url))


def resolving_to(monkeypatch: Any, *addresses: str) -> None:
    """Let every name stand for these addresses, as a name server of a partner could."""

    def answer(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: Any) -> None:
    resolving_to(monkeypatch, "8.8.8.8", "10.0.0.1")

    with pytest.raises(AddressUnusable) as refusal:
        address_of(target_of("https://partner.example/"))

    assert "10.0.0.1" in str(refusal.value)


def test_the_first_public_address_is_called(monkeypatch: Any) -> None:
    resolving_to(monkeypatch, "8.8.4.4", "8.8.8.8")

    assert address_of(target_of("https://partner.example/")) == "8.8.4.4"


def test_http_reaches_this_machine_and_nothing_else(monkeypatch: Any) -> None:
    resolving_to(monkeypatch, "8.8.8.8")

    with pytest.raises(AddressUnusable):
        address_of(target_of("http://localhost/"))


def test_an_unknown_name_is_no_address(monkeypatch: Any) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(NoAnswer):
        address_of(target_of("https://nowhere.invalid/"))


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a name; return the server's and the client's side."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.now(dt.UTC) - day)
        .not_valid_after(dt.datetime.now(dt.UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(encoding)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context()
    client.load_verify_locations(cadata=made.public_bytes(encoding).decode())
    return server, client


def test_the_call_goes_to_the_checked_address_under_the_name(tmp_path: Path) -> None:
    """No name server is asked again: `receiver.test` exists nowhere, the address decides, the name is proven by TLS."""
    server, client = certificate(tmp_path, "receiver.test")
    with receiving(server) as receiver:
        target = Target(True, "receiver.test", receiver.port, "/hook")
        answer = post(target, "127.0.0.1", headers={"webhook-id": "1"}, body=b"{}", context=client)

    assert answer.status == 200
    assert receiver.received[0].headers["host"] == f"receiver.test:{receiver.port}"


def test_a_certificate_of_another_name_is_no_answer(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "other.test")
    with receiving(server) as receiver:
        target = Target(True, "receiver.test", receiver.port, "/hook")
        with pytest.raises(NoAnswer):
            post(target, "127.0.0.1", headers={}, body=b"{}", context=client)

    assert receiver.received == []


def local(port: int) -> Target:
    return Target(False, "127.0.0.1", port, "/")


def test_redirects_are_not_followed() -> None:
    with receiving() as other, receiving() as receiver:
        receiver.answer = 302
        receiver.headers = {"Location": other.url}
        answer = post(local(receiver.port), "127.0.0.1", headers={}, body=b"{}")

    assert answer.status == 302
    assert (len(receiver.received), other.received) == (1, [])


@pytest.mark.parametrize(("text", "expected"), [("120", 120), ("99999999", 0), ("999999", 21600), ("soon", 0)])
def test_a_receiver_may_ask_for_time(text: str, expected: int) -> None:
    with receiving() as receiver:
        receiver.answer, receiver.headers = 503, {"Retry-After": text}
        answer = post(local(receiver.port), "127.0.0.1", headers={}, body=b"{}")

    assert (answer.status, answer.retry_after) == (503, expected)


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer):
            post(local(taken.getsockname()[1]), "127.0.0.1", headers={}, body=b"{}")


def test_a_receiver_that_drips_is_broken_off(monkeypatch: Any) -> None:
    """Half a second: every byte comes in time, the whole never does."""
    monkeypatch.setattr(transport, "WHOLE_SECONDS", 0.5)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100:
            try:
                handler.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(0.1)

    with receiving() as receiver:
        receiver.behave = drip
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            post(local(receiver.port), "127.0.0.1", headers={}, body=b"{}")

        assert time.monotonic() - began < 3


def test_a_long_answer_is_not_read() -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**9))
        handler.end_headers()
        handler.wfile.write(b"x" * 4096)

    with receiving() as receiver:
        receiver.behave = flood
        assert post(local(receiver.port), "127.0.0.1", headers={}, body=b"{}").status == 200
