"""The grammar of records, one byte at a time: the oracle of what the library does for whole buffers."""

from glue_etl.reading.dialect import Framing

LF, CR = 10, 13


def records(data: bytes, framing: Framing) -> list[tuple[int, int, int, int]]:
    """(start, end without line break, start of the next one, line) of each record; blank lines are left out."""
    found, start, start_line, line, at, is_field_start, is_quoted = [], 0, 1, 1, 0, True, False
    while at < len(data):
        byte = data[at]
        is_pair = data[at : at + 2] == b"\r\n"
        if is_quoted:
            is_escape = not framing.is_doubled and byte == framing.escape
            if byte == framing.quote and framing.is_doubled and data[at + 1 : at + 2] == data[at : at + 1]:
                at += 2
                continue
            if byte == framing.quote:
                is_quoted = False
            if is_escape:
                at += 1  # what follows is text, but may be a line break
                byte, is_pair = (data[at : at + 1] or b"x")[0], data[at : at + 2] == b"\r\n"
            line += byte in (LF, CR)
            at += 2 if is_pair else 1
        elif byte in (LF, CR):
            line += 1
            following = at + (2 if is_pair else 1)
            found.append((start, at, following, start_line))
            start, start_line, at, is_field_start = following, line, following, True
        elif byte == framing.quote and is_field_start and framing.multiline:
            is_quoted, is_field_start, at = True, False, at + 1
        elif data.startswith(framing.delimiter, at):
            is_field_start, at = True, at + len(framing.delimiter)
        else:
            is_field_start, at = False, at + 1
    if start < len(data):
        found.append((start, len(data), len(data), start_line))
    return [record for record in found if record[0] < record[1]]
