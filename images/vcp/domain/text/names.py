"""Names of files, made fit for where they go: a line that people read, a name that every file system takes.

Drive takes any name: with slashes, line breaks, emoji, marks that turn the direction of writing, of any length.
"""

from __future__ import annotations

import re
import unicodedata

#: Longest text on a line: what file systems give a name (NAME_MAX of Linux, NTFS and APFS). Longer ones are cut.
LONGEST_LINE = 255
#: The end of a cut text that stays: it holds the extension.
_TAIL = 24
#: The same limit for a file, which Linux counts in bytes of UTF-8.
_LONGEST_FILE_NAME_BYTES = 255
#: Embeddings, overrides and isolates turn all that stands after them ("gnp.mov" reads as "vom.png"). The plain marks
#: U+200E, U+200F and U+061C only belong to their neighbours, and names in Arabic or Hebrew need them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Control characters, and the two separators of lines and paragraphs.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Half a character: legal in JSON, not in UTF-8, so that nothing behind the door could store it.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What Windows, macOS or Linux take in no file name.
_NOT_IN_FILES = re.compile(r'[/\\:*?"<>|]')
#: A letter among at most eight letters and digits: `mov`, `m2ts`, `3gp`; not the end of "Interview v1.2" or "12.05".
_EXTENSION = re.compile(r"(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}")


def camel_case(name: str) -> str:
    """How JSON and Pulumi's configuration name a field: `temp_days` is `tempDays`, `n8n_invoker` is `n8nInvoker`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def one_line(text: str, limit: int = LONGEST_LINE) -> str:
    """`text` as one line of printable text, cut in the middle above `limit` characters; empty if nothing is to see."""
    line = _BREAKING.sub(" ", _TURNING.sub("", _SURROGATE.sub("\ufffd", text))).strip()
    if not any(char.isprintable() and not char.isspace() for char in line):
        return ""
    if len(line) <= limit:
        return line
    tail = line[-min(_TAIL, limit // 3) :]
    return f"{line[: limit - len(tail) - 1]}…{tail}"


def extension(name: str) -> str:
    """What stands after the last dot, in lower case, if it looks like an extension; else empty."""
    stem, _, end = name.rpartition(".")
    return end.lower() if stem and _EXTENSION.fullmatch(end) else ""


def download_name(original: str) -> str:
    """The name under which people save the result: the original's, with the extension that it has now.

    Legal on every common file system: no separators or reserved characters, at most 255 bytes, neither hidden nor
    ending in a dot or blank.
    """
    line = one_line(original)
    ending = extension(line)
    stem = line[: -len(ending) - 1] if ending else line
    room = _LONGEST_FILE_NAME_BYTES - len(".mp4")
    short = _NOT_IN_FILES.sub("_", stem).strip(" .").encode()[:room].decode(errors="ignore")
    return f"{unicodedata.normalize('NFC', short).strip(' .') or 'video'}.mp4"
