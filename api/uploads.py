"""District data as it is sent: one XLSX, or CSV files and boundaries, also in a ZIP; put into a folder."""

import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from fastapi import UploadFile

from api.problems import Problem

#: What a file may become when it is unpacked; a district of 100,000 premises is far below it.
_MOST_UNPACKED_BYTES = 256 * 1024 * 1024
_MOST_MEMBERS = 1000
_LONGEST_NAME_BYTES = 255  # of a file on most systems
_WORKBOOKS = (".xlsx", ".xls")


def unpack(files: Iterable[UploadFile], folder: Path) -> Path:
    """Put files into an empty folder, those of a ZIP beside the others; what `registry.loading.load` reads.

    Raises Problem 422 for a ZIP that cannot be read, two files of one name, or a workbook with others; 413
    for what would become too large.
    """
    for file in files:
        name = _bare(file.filename or "")
        if name.lower().endswith(".zip"):
            _unzip(name, file.file, folder)
        elif name:
            _put(name, file.file, folder)
    names = sorted(path.name for path in folder.iterdir())
    workbooks = [name for name in names if name.lower().endswith(_WORKBOOKS)]
    if not workbooks:
        return folder
    if len(names) > 1:
        raise Problem(422, f"{workbooks[0]}: sent with other files; send one workbook alone, or CSV files")
    _check_size(workbooks[0], folder / workbooks[0])
    return folder / workbooks[0]


def _bare(name: str) -> str:
    """A file's name without its folders; empty for what desktops leave behind, as for no name at all."""
    bare = name.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return "" if bare.startswith((".", "~$")) else bare


def _put(name: str, content: IO[bytes], folder: Path) -> None:
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise Problem(422, f"{name[:20]}…: the name is too long; name it as the district's files are named")
    if (folder / name).exists():
        raise Problem(422, f"{name}: sent twice; send each file once")
    with (folder / name).open("xb") as kept:
        shutil.copyfileobj(content, kept)


def _unzip(name: str, packed: IO[bytes], folder: Path) -> None:
    try:
        with ZipFile(packed) as archive:
            for member in _members(name, archive):
                bare = _bare(member)
                if bare:
                    with archive.open(member) as content:
                        _put(bare, content, folder)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:  # also encrypted
        raise Problem(422, f"{name}: cannot be unpacked: {fault}; pack it again without a password") from None


def _members(name: str, archive: ZipFile) -> Iterator[str]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_UNPACKED_BYTES:
        raise Problem(413, f"{name}: holds more than {_MOST_UNPACKED_BYTES} bytes; send it in parts")
    # beside every file, a Mac packs one with the desktop's notes about it
    return (member.filename for member in members if not member.filename.startswith("__MACOSX/"))


def _check_size(name: str, path: Path) -> None:
    """An XLSX is a ZIP; whether it is a good one is said by whoever reads it."""
    try:
        with ZipFile(path) as archive:
            _members(name, archive)
    except BadZipFile:
        return
