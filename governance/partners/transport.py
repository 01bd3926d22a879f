"""The way out to an address that a partner has named: checked before it is called, and called where it was checked.

A name is resolved once per call; every address it stands for must be one of the public internet, and the connection
goes to the very address that was checked. So nobody can have the server call into the district's own network, neither
by a name that points there nor by one that changes between check and call. Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from governance.errors import DomainError, Invalid

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
"""After this long a call is broken off, however slowly the receiver drips."""

READ_BYTES = 1024
LONGEST_URL = 500
LONGEST_WAIT_ASKED = 6 * 3600
LOCAL = ("localhost", "127.0.0.1", "::1")
PORTS = {"https": 443, "http": 80}


class AddressUnusable(Invalid):
    """Nothing may be sent to this address."""

    code = "webhook_address_unusable"
    message = _("%(reason)s")


class NoAnswer(DomainError):
    """The receiver could not be reached, or did not answer in time."""

    status = 502
    code = "webhook_without_answer"
    message = _("%(reason)s")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a message is for: what was written in the address, taken apart."""

    is_encrypted: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The name as the receiver expects it in the request."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = PORTS["https" if self.is_encrypted else "http"]
        return name if self.port == usual else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered; its text is not read, it may hold anything."""

    status: int
    retry_after: int = 0


def target_of(url: str) -> Target:
    """Take an address apart.

    Raises:
        AddressUnusable: it is no HTTPS address, or names a user, a fragment or an odd port.
    """
    if len(url) > LONGEST_URL or any(ord(character) <= ord(" ") for character in url):
        raise AddressUnusable(field="url", reason=_("This is not an address."))
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:
        raise AddressUnusable(field="url", reason=_("This is not an address.")) from error
    is_local = parts.scheme == "http" and host in LOCAL and settings.WEBHOOKS_TO_LOCALHOST
    if parts.scheme != "https" and not is_local:
        raise AddressUnusable(field="url", reason=_("The address must begin with https://."))
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise AddressUnusable(field="url", reason=_("The address may name a host, a port, a path and a query only."))
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if not path.isascii():
        raise AddressUnusable(field="url", reason=_("Characters outside ASCII must be percent-encoded."))
    return Target(not is_local, host, port or PORTS[parts.scheme], path)


def address_of(target: Target) -> str:
    """Resolve the name now and return an address that may be called.

    Raises:
        AddressUnusable: one of the addresses lies in a private, local or reserved network.
        NoAnswer: the name is not known.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(reason=_("The name of the receiver is not known.")) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not _may_be_called(address, target):
            reason = _("The receiver's address %(address)s lies in a private or reserved network.")
            raise AddressUnusable(field="url", reason=reason % {"address": address})
    if not addresses:
        raise NoAnswer(reason=_("The name of the receiver is not known."))
    return addresses[0]


def _may_be_called(text: str, target: Target) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    return is_public(address) if target.is_encrypted else address.is_loopback


NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address belongs to the public internet, the IPv4 address inside an IPv6 one included."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """Return the certificates that the machine trusts."""
    return ssl.create_default_context()


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address under the name that was asked for."""

    def __init__(self, target: Target, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self.target, self.address, self.context = target, address, context

    def connect(self) -> None:
        """Connect to the checked address; the certificate must be that of the name."""
        plain = socket.create_connection((self.address, self.target.port), self.timeout)
        try:
            plain.settimeout(WHOLE_SECONDS)
            context = self.context or trusted()
            encrypted = self.target.is_encrypted
            self.sock = context.wrap_socket(plain, server_hostname=self.target.host) if encrypted else plain
        except BaseException:
            plain.close()
            raise

    def break_off(self) -> None:
        """End the call from another thread: whatever is being read or written ends with an error."""
        sock: Any = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def post(
    target: Target, address: str, *, headers: Mapping[str, str], body: bytes, context: ssl.SSLContext | None = None
) -> Answer:
    """Send a body to a checked address and return the answer, whatever it is.

    Raises:
        NoAnswer: no connection, no valid certificate, or no answer within the time.
    """
    connection = _Pinned(target, address, context)
    limit = threading.Timer(WHOLE_SECONDS, connection.break_off)
    limit.daemon = True
    limit.start()
    try:
        connection.request("POST", target.path, body=body, headers={"Host": target.host_header, **headers})
        answer = connection.getresponse()
        answer.read(READ_BYTES)
        return Answer(answer.status, _seconds(answer.headers.get("Retry-After", "")))
    except TimeoutError as error:
        raise NoAnswer(reason=_("The receiver did not answer in time.")) from error
    except ssl.SSLError as error:
        raise NoAnswer(reason=_("The receiver's certificate or encryption is not valid.")) from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(reason=_("The receiver could not be reached.")) from error
    finally:
        limit.cancel()
        connection.close()


def _seconds(text: str) -> int:
    return (
        min(int(text), LONGEST_WAIT_ASKED) if text.isascii() and text.isdecimal() and len(text) < len("1000000") else 0
    )
