"""docs/handover.md keeps to the service: its example, and its way to check a signature."""

import json
import re
import time
from pathlib import Path
from typing import Any

from dispatch.centre_facts import CentreFacts
from dispatch.centre_line import signature

_DOC = (Path(__file__).parents[1] / "docs" / "handover.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _DOC, re.DOTALL)
    assert found
    return found.group(1)


def test_the_example_names_every_field_and_no_other() -> None:
    example = json.loads(_block("json"))
    facts = {key: value for key, value in example.items() if key not in ("message", "cap")}

    assert CentreFacts.model_validate(facts).model_dump(mode="json") == facts


def test_the_signature_is_checked_as_the_document_says() -> None:
    names: dict[str, Any] = {}
    exec(_block("python"), names)  # the document's own lines
    now, body = str(int(time.time())), "火".encode()

    assert names["is_ours"]("made up", now, body, signature("made up", now, body))
    assert not names["is_ours"]("made up", now, body + b" ", signature("made up", now, body))
    assert not names["is_ours"]("made up", "1000", body, signature("made up", "1000", body))
