"""Captured messages of a format and what they are to mean: `payloads/FORMAT/EXPECTED.json`, in its order."""

import json
from pathlib import Path
from typing import Any

from ingest.decoding import decode_files

_PAYLOADS = Path(__file__).parent / "payloads"


def decode(*paths: Path) -> list[dict[str, Any]]:
    """What `fire135 decode` prints for files."""
    lines: list[str] = []
    complaints: list[str] = []
    assert decode_files(map(str, paths), lines.append, complaints.append) == 0, complaints
    return [json.loads(line) for line in lines]


def meant_otherwise(folder: str) -> dict[str, list[str]]:
    """The samples, decoded in order with their state kept, that do not mean what is expected of them."""
    rows = json.loads((_PAYLOADS / folder / "EXPECTED.json").read_bytes())
    lines = decode(*(_PAYLOADS / row["file"] for row in rows))
    return {
        row["file"]: kinds
        for row, line in zip(rows, lines, strict=True)
        if not _is_met([event["kind"] for event in line["events"]], row["canonical"])
        for kinds in ([event["kind"] for event in line["events"]],)
    }


def _is_met(kinds: list[str], canonical: list[str]) -> bool:
    """`ignore` is met by nothing that acts."""
    return kinds in ([], ["silence"], ["heartbeat"]) if canonical == ["ignore"] else kinds == canonical
