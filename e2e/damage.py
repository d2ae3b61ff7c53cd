"""Wounds of a file's bytes. What would only fail a checksum gets one that is right, so that what lies behind it is reached."""

import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from functools import lru_cache

from numcodecs.jenkins import jenkins_lookup3

NUMBERS = [0, 1, -1, 2, 127, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**64, 10**30]
WORDS = [None, True, "", "NaN", "Infinity", "-Infinity", "|O", ">f8", "<M8[ns]", "zstd", "gzip", "..", "/", "é", [], {}, [0], [[]], 1.5, -0.5, 1e308]
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: What begins a structure of HDF5 that ends with its checksum.
HDF5_STRUCTURES = re.compile(b"\x89HDF\r\n\x1a\n[\x02\x03]|OHDR|OCHK|BTHD|BTIN|BTLF|FRHP|FHDB|FHIB|FSHD|SMTB|SMLI|FAHD|FADB|EAHD|EAIB|EASB|EADB")
HDF5_STRUCTURE_BYTES = 3000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def damage(content, rng):
    """The bytes with a few wounds, of a kind that suits what they are."""
    if content.startswith(PNG_SIGNATURE) and rng.random() < 0.5:
        return with_png_checksums(overwrite(content, rng))
    if content.startswith(b"PK\x03\x04") and rng.random() < 0.5:
        return damage_members(content, rng)
    if content.startswith(b"\x1f\x8b") and rng.random() < 0.6:
        return gzip.compress(damage(gzip.decompress(content), rng), 1, mtime=0)
    if content.startswith(HDF5_SIGNATURE) and rng.random() < 0.6:
        return with_hdf5_checksums(overwrite(content, rng), structures_of(content))
    if content[:1] in b"{[" and rng.random() < 0.7:
        return damage_document(content, rng)
    if (content.startswith(b"\x93NUMPY") or is_text(content)) and rng.random() < 0.5:
        return damage_numbers(content, rng)
    return wound(content, rng)


def wound(content, rng):
    """One to four wounds: bits, bytes, runs, holes, cuts, numbers as large as can be."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if not data:
            return bytes(data)
        at = place(data, rng)
        match rng.randrange(4):
            case 0 | 1:
                write_over(data, at, rng)
            case 2:
                if rng.random() < 0.5:
                    del data[at : at + rng.randint(1, 64)]
                else:
                    data[at:at] = rng.randbytes(rng.randint(1, 64))
            case 3:
                if rng.random() < 0.5:
                    del data[at:]
                else:
                    write_over(data, at, rng)
    return bytes(data)


def overwrite(content, rng):
    """One to six wounds that leave everything where it is."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        write_over(data, place(data, rng), rng)
    return bytes(data[: len(content)])


def place(data, rng):
    """Most of what a parser trusts is near the beginning, or the end."""
    return min(len(data) - 1, int(rng.choice([rng.random() ** 3, 1 - rng.random() ** 3, rng.random()]) * len(data)))


def write_over(data, at, rng):
    length = rng.choice([1, 2, 4, 8])
    match rng.randrange(5):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            data[at] = rng.randrange(256)
        case 2:
            data[at : at + length] = rng.choice([b"\xff", b"\x00", b"\x7f", b"\x80"]) * length
        case 3:
            data[at : at + length] = rng.randrange(2 ** (8 * length)).to_bytes(length, rng.choice(["little", "big"]))
        case 4:
            other = rng.randrange(len(data))
            data[at : at + 16] = data[other : other + 16]


# Text


def is_text(content):
    return not any(byte < 9 for byte in content[:200])


def damage_numbers(content, rng):
    """Another number for one of a text's."""
    found = list(re.finditer(rb"\d+", content[:4000]))
    if not found:
        return wound(content, rng)
    at = rng.choice(found)
    return content[: at.start()] + str(rng.choice(NUMBERS)).encode() + content[at.end() :]


def damage_document(content, rng):
    """JSON with other values, or without some."""
    if rng.random() < 0.02:
        return rng.choice([b"[", b'{"a":', b'{"attributes": {"a": [']) * rng.choice([100, 5000, 200_000])
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return wound(content, rng)
    for _ in range(rng.randint(1, 3)):
        places = list(places_of(document))
        if not places:
            break
        parent, key = rng.choice(places)
        match rng.randrange(4):
            case 0:
                del parent[key]
            case 1:
                parent[key] = rng.choice(NUMBERS)
            case 2:
                parent[key] = rng.choice(WORDS)
            case 3:
                other, other_key = rng.choice(places)
                # A copy: what holds itself has no text.
                parent[key] = json.loads(json.dumps(other[other_key]))
    return json.dumps(document).encode()


def places_of(document):
    for key, value in list(document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()):
        yield document, key
        yield from places_of(value)


# Files that watch over themselves


def with_png_checksums(content):
    data = bytearray(content)
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if at + 12 + length > len(data):
            break
        data[at + 8 + length : at + 12 + length] = struct.pack(">I", zlib.crc32(data[at + 4 : at + 8 + length]))
        at += 12 + length
    return bytes(data)


@lru_cache(maxsize=None)
def structures_of(content):
    """Begin and end of everything in a HDF5 file that is followed by its own checksum."""
    found = []
    for match in HDF5_STRUCTURES.finditer(content):
        start = match.start()
        for end in range(start + 4, min(start + HDF5_STRUCTURE_BYTES, len(content) - 4)):
            if jenkins_lookup3(content[start:end]) == int.from_bytes(content[end : end + 4], "little"):
                found.append((start, end))
                break
    return found


def with_hdf5_checksums(content, structures):
    data = bytearray(content)
    for start, end in structures:
        data[end : end + 4] = jenkins_lookup3(bytes(data[start:end])).to_bytes(4, "little")
    return bytes(data)


def damage_members(content, rng):
    """A ZIP file some of whose members are damaged, with checksums that are right."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        members = old.infolist()
        wounded = set(rng.sample(range(len(members)), min(len(members), rng.randint(1, 6))))
        for number, member in enumerate(members):
            data = old.read(member)
            new.writestr(member.filename, damage(data, rng) if number in wounded else data, member.compress_type)
    return made.getvalue()
