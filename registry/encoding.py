"""From bytes to text: UTF-8, with or without BOM, else GB 18030, which Excel in China writes."""

import codecs

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def decode(data: bytes) -> str:
    """Read a text file; bytes that are neither UTF-8 nor GB 18030 become U+FFFD, which no cell may hold.

    A UTF-8 file with a damaged byte is not taken for GB 18030, in which nearly any bytes mean
    something: in real GB 18030, hardly any character happens to be valid UTF-8.
    """
    text = data.decode("utf-8-sig", errors="replace")
    damaged = text.count(_UNREADABLE)
    if damaged == 0 or data.startswith(codecs.BOM_UTF8):
        return text
    if damaged <= sum(char > "\x7f" for char in text) - damaged:
        return text
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return text
