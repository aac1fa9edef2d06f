"""Decrypt an SQLCipher file page by page, free pages included, without SQLCipher: what is really left in it."""

import hashlib
import hmac
import struct
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE, RESERVED, IV, MAC = 16384, 80, 16, 64


def clear_pages(path: Path, key: bytes) -> bytes:
    """All pages in clear, one after the other; each page's authentication is checked on the way."""
    data = path.read_bytes()
    salt = data[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(b ^ 0x3A for b in salt), 2, 32)
    clear = bytearray()
    for index in range(len(data) // PAGE):
        page = data[index * PAGE : (index + 1) * PAGE]
        body = page[16 if index == 0 else 0 : PAGE - RESERVED]
        iv, mac = page[PAGE - RESERVED :][:IV], page[PAGE - RESERVED + IV :][:MAC]
        made = hmac.new(mac_key, body + iv + struct.pack("<I", index + 1), hashlib.sha512).digest()
        assert hmac.compare_digest(made, mac), f"page {index + 1}"
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        clear += decryptor.update(body)
    return bytes(clear)
