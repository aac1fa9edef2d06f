"""Certificates for the tests, and a client that says what it thinks of one."""

import socket
import ssl
from pathlib import Path

from demeure.store import Keys, create_instance, keys_folder, read_house_key
from demeure.tls import Material


def instance_with_keys(folder: Path) -> tuple[Path, Keys]:
    instance = folder / "instance"
    create_instance(instance)
    return instance, Keys(read_house_key(instance), keys_folder(instance))


def material(folder: Path) -> Material:
    return Material(*instance_with_keys(folder))


def trusting(root: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=root.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def served_to(context: ssl.SSLContext, client: ssl.SSLContext, name: str) -> bytes:
    """Shake hands in memory: DER of the certificate shown. Raises the client's ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = context.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(4):
        done = 0
        for side in (theirs, ours):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
        if done == 2:
            break
    found = theirs.getpeercert(binary_form=True)
    assert found
    return found


def plain(port: int, words: bytes) -> bytes:
    """What a TLS listener answers to plain bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as door:
        door.sendall(words)
        answer = b""
        while piece := door.recv(4096):
            answer += piece
    return answer
