from files.errors import FileInvalidError

MAX_NAME = 255


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 255 characters. Raises FileInvalidError."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = printable(base).strip()
    if not cleaned:
        raise FileInvalidError("The file needs a name.")
    return cleaned[:MAX_NAME]


def printable(name: str) -> str:
    """Without what no header can say."""
    return "".join(character for character in name if character.isprintable())
