"""Text from outside as it may be shown: nothing in it acts on a terminal, a page or a reader."""

import unicodedata


def printable(text: str) -> str:
    r"""The text with every character that prints nothing written out, such as `\x1b`.

    Labels, names of nodes and files, and what programs print could otherwise clear the screen,
    overwrite a line or turn the order in which it is read. Ends of lines, tabs and spaces stay.

    >>> print(printable("a\x1b[2Jb\u202ec\r"), printable("two\nlines"))
    a\x1b[2Jb\u202ec\x0d two
    lines
    """
    if text.isprintable():
        return text
    return "".join(character if _prints(character) else _code(character) for character in text)


def _prints(character: str) -> bool:
    if character.isprintable() or character in "\n\t":
        return True
    return unicodedata.category(character) == "Zs"


def _code(character: str) -> str:
    r"""A character's code, in the shortest of Python's forms that takes it.

    >>> print(_code("\x1b"), _code("\u202e"), _code("\U000e0001"))
    \x1b \u202e \U000e0001
    """
    code = ord(character)
    mark, digits = next(form for form in (("x", 2), ("u", 4), ("U", 8)) if code < 16 ** form[1])
    return f"\\{mark}{code:0{digits}x}"
