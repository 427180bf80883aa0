"""Every promise of docs/reliability.md names tests that exist."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "reliability.md"
NAMED = re.findall(r"`(test_\w+)::(\w+)`", DOCUMENT.read_text(encoding="utf-8"))


def test_every_named_test_exists() -> None:
    files = {file for file, _ in NAMED}
    existing = {(file, name) for file in files for name in names_in(TESTS / f"{file}.py")}
    assert not set(NAMED) - existing


def test_every_complaint_has_its_line() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    numbered = [line.split(" | ")[0] for line in lines if line.startswith("| I")]
    assert numbered == [f"| I{number}" for number in range(1, 29)]
    assert all("::" in line for line in lines if line.startswith("| I"))


def names_in(path: Path) -> list[str]:
    if not path.exists():
        return []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
