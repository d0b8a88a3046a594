"""Reads the size of .text out of ELF and PE files, as `cargo bloat` does for ELF."""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from . import recipe

STRIP = {"linux": "strip", "win64": "x86_64-w64-mingw32-strip", "win32": "i686-w64-mingw32-strip"}


def text_bytes(path):
    data = Path(path).read_bytes()
    sections = elf_sections(data) if data[:4] == b"\x7fELF" else pe_sections(data)
    return dict(sections)[b".text"]


def elf_sections(data):
    """(name, size) of a 64-bit little-endian ELF file."""
    table, = struct.unpack_from("<Q", data, 0x28)
    entry, count, names = struct.unpack_from("<HHH", data, 0x3A)

    def header(i):
        name, _, _, _, offset, size = struct.unpack_from("<IIQQQQ", data, table + i * entry)
        return name, offset, size

    _, strings, _ = header(names)
    for i in range(count):
        name, _, size = header(i)
        start = strings + name
        yield data[start:data.index(b"\0", start)], size


def pe_sections(data):
    """(name, size in memory): the size in the file is rounded up to 512."""
    pe, = struct.unpack_from("<I", data, 0x3C)
    count, = struct.unpack_from("<H", data, pe + 6)
    optional, = struct.unpack_from("<H", data, pe + 20)
    for i in range(count):
        at = pe + 24 + optional + 40 * i
        size, = struct.unpack_from("<I", data, at + 8)
        yield data[at:at + 8].rstrip(b"\0"), size


def stripped_bytes(path, target=recipe.LINUX):
    """Bytes of the file that a user ships."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stripped"
        shutil.copy(path, copy)
        subprocess.run([STRIP[target], "-s", copy], check=True)
        return copy.stat().st_size
