"""From bytes to text, strictly: a file is UTF-8, or what its byte order mark says, or what was named.

Nothing is guessed. A byte order mark that contradicts the encoding named, and a byte that the
encoding does not have, are problems of the whole file: a wrong guess would put wrong letters into
every name.
"""

from __future__ import annotations

import codecs

from certlib._texts import printable
from certlib.io._tables.problems import unreadable

__all__ = ["HEAD_BYTES", "Decoder"]

HEAD_BYTES = 4096
"""How much of a file is waited for before its encoding is settled."""

_SPREADSHEETS = {
    b"PK\x03\x04": "a zip file, as .xlsx and .ods files are",
    b"PK\x05\x06": "an empty zip file",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office file, as .xls files are",
}

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

_NEED_MARK = frozenset({"utf-16", "utf-32"})
_WIDE = _NEED_MARK | frozenset({"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"})

# An allow list, because Python calls much else a text encoding: escapes (`unicode_escape`,
# `utf-7`, `punycode`) that make letters out of plain ASCII, codecs with a state (`iso2022_jp`,
# `hz`), EBCDIC, and `mbcs`, which differs from machine to machine.
_KNOWN = _WIDE | frozenset(
    """
    utf-8 ascii
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
    iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864
    cp865 cp866 cp869 cp874 cp1006 cp1125
    koi8-r koi8-t koi8-u kz1048 ptcp154 tis-620 hp-roman8
    mac-roman mac-latin2 mac-croatian mac-cyrillic mac-greek mac-iceland mac-romanian mac-turkish
    big5 big5hkscs cp950 gb2312 gbk gb18030 shift_jis shift_jis_2004 shift_jisx0213 cp932
    euc_jp euc_jis_2004 euc_jisx0213 euc_kr cp949 johab
    """.split()  # noqa: SIM905  # a list of strings would be thrice as long and no clearer
)


class Decoder:
    r"""Turns the bytes of a file into text, however they are split.

    >>> decoder = Decoder(None)
    >>> decoder.feed(b"\xff\xfeA", final=False)  # nothing is settled by so few bytes
    ''
    >>> decoder.feed(b"\x00", final=True), decoder.encoding, decoder.bom
    ('A', 'utf-16-le', True)
    """

    def __init__(self, named: str | None) -> None:
        self._named = None if named is None else _own_name(named)
        self._head = b""
        self._codec: codecs.IncrementalDecoder | None = None
        self._offset = 0
        self.encoding: str = self._named or "utf-8"
        """As Python names it; before the head is read, as far as it is known."""
        self.bom: bool = False
        """Whether the file began with a byte order mark."""
        self.looks_binary: bool = False
        """Whether the head holds NUL bytes though characters are a byte wide."""
        self.flaw: str | None = None
        """The bad byte at which reading ended. It is no exception, so that the text before it is
        returned, and what is wrong earlier in the file is found first."""

    def feed(self, data: bytes, *, final: bool) -> str:
        """Return the text that is certain after these bytes; with ``final``, no more will come.

        Raises:
            UnreadableFileError: The head shows that this is no text (`is_spreadsheet`), or that
                the encoding named is not the file's (`unknown_encoding`).
        """
        if self._codec is None:
            data = self._head = self._head + data
            if len(data) < HEAD_BYTES and not final:
                return ""
            mark = self._settle(data[:HEAD_BYTES])
            self._codec = codecs.getincrementaldecoder(self.encoding)("strict")
            self._offset = len(mark)
            self._head = b""
            data = data[len(mark) :]
        self._offset += len(data)
        try:
            return self._codec.decode(data, final)
        except UnicodeDecodeError as error:
            # `error.object` begins with what the codec had held back from earlier bytes.
            offset = self._offset - len(error.object) + error.start
            self.flaw = (
                f"byte 0x{error.object[error.start]:02x} at offset {offset} is not {self.encoding}"
            )
            return str(error.object[: error.start], self.encoding)

    def _settle(self, head: bytes) -> bytes:
        """Settle the encoding by the first bytes of the file; return its byte order mark."""
        for magic, what in _SPREADSHEETS.items():
            if head.startswith(magic):
                raise unreadable(
                    "is_spreadsheet", f"this is {what}, not text: open it and save it as CSV UTF-8"
                )
        mark = _mark(head, self._named)
        if mark:
            self.encoding = _MARKS[mark]
            self.bom = True
        elif self.encoding in _NEED_MARK:
            raise unreadable(
                "unknown_encoding",
                f"the file has no byte order mark, so the order of its bytes is not known: name"
                f" {self.encoding}-le or {self.encoding}-be",
            )
        self.looks_binary = self.encoding not in _WIDE and b"\0" in head
        return mark


def _own_name(named: str) -> str:
    """Return Python's own name of an encoding, if it is one that files are written in."""
    try:
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        name = ""
    name = "utf-8" if name == "utf-8-sig" else name
    if name not in _KNOWN:
        raise unreadable(
            "unknown_encoding",
            f"the encoding {printable(named)} is not known: name one such as utf-8, utf-16-le,"
            " cp1252 (Windows, western Europe) or iso8859-2",
        )
    return name


def _mark(head: bytes, named: str | None) -> bytes:
    """Return the byte order mark with which a file begins, if any; it has to fit what was named."""
    marks = [mark for mark in _MARKS if head.startswith(mark)]
    if not marks:
        return b""
    for mark in marks:
        if named is None or named in (_MARKS[mark], _MARKS[mark][:-3]):
            return mark
    raise unreadable(
        "unknown_encoding",
        f"the encoding {named} was named, and the file begins with the byte order mark of"
        f" {_MARKS[marks[0]]}: leave the encoding out",
    )
