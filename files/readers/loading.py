"""What a reader needs is loaded before the limits are set, and no more: all of markitdown takes three seconds."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from files.readers.types import Kind

_CONVERTERS = "markitdown.converters"
_NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.PDF: (_CONVERTERS, "pdfminer.high_level", "pdfplumber"),
    Kind.DOCX: (_CONVERTERS, "mammoth"),
    Kind.PPTX: (_CONVERTERS, "pptx"),
    Kind.EPUB: (_CONVERTERS,),
    Kind.HTML: (_CONVERTERS,),
    Kind.IPYNB: (_CONVERTERS,),
    Kind.XLSX: ("openpyxl",),
}
_OPTIONAL = {"mammoth", "numpy", "olefile", "openpyxl", "pandas", "pdfminer", "pdfplumber", "pptx", "xlrd"}
"""What the libraries load when it is there and do without when it is not."""


def load_libraries(kind: Kind) -> None:
    """To be called once in a process: what one kind leaves out, another could not load any more."""
    needed = _NEEDED.get(kind, ())
    for name in _OPTIONAL - {module.partition(".")[0] for module in needed}:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say: not to be imported.
    if _CONVERTERS in needed:
        sys.modules["magika"] = ModuleType("magika")  # It guesses types, by a neural network; ours are known.
    for module in needed:
        import_module(module)
