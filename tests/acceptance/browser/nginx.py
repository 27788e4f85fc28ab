"""nginx as a process of its own, with all its files in one folder."""

from __future__ import annotations

import os
import re
import shutil
import socket
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.processes import Server

# Debian installs nginx outside an ordinary user's path.
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])

# A single process as the current user, who may not write to nginx's default folders.
MAIN = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""

# nginx logs this once it listens.
_LISTENS = r"\[notice\] .*using the \"\w+\" event method"
_BAD = re.compile(r"^\S+ \S+ \[(?:error|crit|alert|emerg)\] .*$", re.MULTILINE)


class Nginx:
    """An nginx on ports of 127.0.0.1, which listens once L{start} returns.

    @ivar certificate: the path of a self-signed certificate for C{localhost}, the names below it
        and 127.0.0.1.
    @ivar key: the path of its key.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"
        self._folder = folder
        self._held: list[socket.socket] = []
        self._allowed: list[str] = []
        self._server: Server | None = None

    def port(self) -> int:
        """Return a free port, reserved until L{start}."""
        held = socket.socket()
        self._held.append(held)
        # Lets nginx listen on a port that is bound here already.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port

    def start(self, site: str) -> None:
        """Start nginx with the contents of its C{http} block: maps and servers."""
        binary = shutil.which("nginx", path=PLACES)
        if binary is None:
            pytest.fail(
                "The browser tests need nginx, and there is none here: install it "
                "(on Debian: apt-get install nginx).",
                pytrace=False,
            )
        makeCertificate(self.certificate, self.key)
        (self._folder / "nginx.conf").write_text(MAIN, encoding="utf-8")
        (self._folder / "site.conf").write_text(site, encoding="utf-8")
        command = [binary, "-p", f"{self._folder}/", "-c", "nginx.conf"]
        self._server = Server(command, self._folder)
        self._server.waitForLine(_LISTENS)
        self._release()

    @property
    def access(self) -> list[str]:
        """Return the lines of the access log."""
        return (self._folder / "access.log").read_text(encoding="utf-8").splitlines()

    def allow(self, pattern: str) -> None:
        """Allow errors that match a pattern."""
        self._allowed.append(pattern)

    def stop(self) -> None:
        """Stop nginx, and fail if it has logged an error that is not allowed."""
        self._release()
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        errors = _BAD.findall(server.output)
        bad = [e for e in errors if not any(re.search(a, e) for a in self._allowed)]
        assert bad == [], "\n".join(bad)

    def _release(self) -> None:
        while self._held:
            self._held.pop().close()


def makeCertificate(certificate: Path, key: Path) -> None:
    """Write a self-signed certificate and its key."""
    private = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.DNSName("*.localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2120, 1, 1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(private, SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
