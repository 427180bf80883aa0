"""What a text means is remembered, within bounds."""

from ingest.remembered import MAX_CHARACTERS, remembered


def test_a_text_is_read_once_and_its_meaning_remembered() -> None:
    asked: list[str] = []

    @remembered()
    def meaning(text: str) -> str:
        asked.append(text)
        return text.upper()

    assert [meaning("smoke"), meaning("smoke"), meaning("door")] == ["SMOKE", "SMOKE", "DOOR"]
    assert asked == ["smoke", "door"]


def test_a_long_text_is_understood_and_not_kept() -> None:
    asked: list[str] = []

    @remembered()
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    long = "x" * (MAX_CHARACTERS + 1)
    assert [length(long), length(long)] == [MAX_CHARACTERS + 1] * 2
    assert asked == [long, long]


def test_of_too_many_texts_the_one_heard_longest_ago_is_forgotten() -> None:
    asked: list[str] = []

    @remembered(most=2)
    def same(text: str) -> str:
        asked.append(text)
        return text

    for text in ("a", "b", "c", "b", "a"):
        same(text)
    assert asked == ["a", "b", "c", "a"]
