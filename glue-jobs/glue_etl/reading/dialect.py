"""How a file is written: what separates its records and fields."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cached_property

from ..errors import DefinitionError

# Encodings in which the bytes of ASCII never mean anything else: records and fields are cut before they are decoded.
_CUT_AS_BYTES = ("utf-8", "us-ascii", *(f"iso-8859-{n}" for n in (1, 2, 15)), *(f"windows-125{n}" for n in (0, 1, 2)))
# A second byte may be one of ASCII (`|` in Shift_JIS), or every character has two bytes: such text becomes UTF-8 first.
_TRANSCODED = ("shift_jis", "euc-kr", "gb18030", "big5", "utf-16", "utf-16le", "utf-16be")
# Java's decoders of these names take the vendor's supersets, and files from Windows need them.
_PYTHON_NAMES = {"shift_jis": "cp932", "euc-kr": "cp949"}


@dataclass(frozen=True)
class Framing:
    """What cuts bytes into records and fields, as bytes of an encoding that keeps ASCII (see `Dialect.is_transcoded`).

    `quote` is None where there are none. `multiline` tells whether quotes hide line breaks, `lone_cr` whether a CR
    without LF ends a record.
    """

    delimiter: bytes = b","
    quote: int | None = ord('"')
    escape: int | None = ord('"')
    multiline: bool = True
    lone_cr: bool = True

    @property
    def is_doubled(self) -> bool:
        """Whether a quote within quotes is written twice (RFC 4180, section 2.7)."""
        return self.escape == self.quote


# One value a line; a CR is white space in JSON (RFC 8259, section 2), so LF alone ends a record.
JSON_LINES = Framing(quote=None, escape=None, multiline=False, lone_cr=False)


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; by default as RFC 4180 has it.

    `delimiter` is one character, `quote` and `escape` are one character of ASCII each. Where `multiline` is false, a
    line break ends a record even within quotes. `skip_lines` records before the header are passed over. Raises
    DefinitionError if characters coincide or the encoding is not known.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "UTF-8"
    header: bool = True
    multiline: bool = True
    skip_lines: int = 0

    def __post_init__(self) -> None:
        for role, character in (("quote", self.quote), ("escape", self.escape)):
            if len(character) != 1 or not character.isascii() or character in "\r\n":
                raise DefinitionError(f"{role} must be one character of ASCII, no line break, got: {character!r}")
        if len(self.delimiter) != 1 or self.delimiter in f"\r\n\ufeff{self.quote}{self.escape}":
            raise DefinitionError(f"delimiter must be one character other than quote and escape: {self.delimiter!r}")
        if self.encoding.lower() not in (*_CUT_AS_BYTES, *_TRANSCODED):
            known = ", ".join((*_CUT_AS_BYTES, *_TRANSCODED))
            raise DefinitionError(f"encoding must be one of {known}, got: {self.encoding!r}")
        try:
            self.delimiter.encode(self.codec)
        except UnicodeEncodeError as error:
            raise DefinitionError(f"delimiter {self.delimiter!r} is no character of {self.encoding}") from error

    @property
    def is_transcoded(self) -> bool:
        """Whether the file becomes UTF-8 before it is cut, and so can only be read from its beginning."""
        return self.encoding.lower() in _TRANSCODED

    @property
    def source_codec(self) -> str:
        """Python's name of the file's encoding."""
        name = self.encoding.lower()
        return codecs.lookup(_PYTHON_NAMES.get(name, name)).name

    @cached_property
    def codec(self) -> str:
        """Python's name of the encoding in which records are cut: UTF-8 if the file is transcoded."""
        return "utf-8" if self.is_transcoded else self.source_codec

    @cached_property
    def framing(self) -> Framing:
        """What cuts a file of this dialect into records."""
        return Framing(self.delimiter.encode(self.codec), ord(self.quote), ord(self.escape), self.multiline)
