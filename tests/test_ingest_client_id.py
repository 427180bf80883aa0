"""Who we are to the broker."""

from pathlib import Path

from ingest.client_id import ClientId


def test_alone_the_name_is_always_the_same() -> None:
    assert ClientId().name == ClientId().name == "fire135-ingest"


def test_each_process_of_a_group_has_its_own_name_and_finds_it_again(tmp_path: Path) -> None:
    first, second = ClientId("g", tmp_path), ClientId("g", tmp_path)
    assert first.name != second.name
    name = first.name
    first.release()
    again = ClientId("g", tmp_path)
    assert again.name == name
    again.release()
    second.release()


def test_groups_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, other = ClientId("a", tmp_path), ClientId("b", tmp_path)
    assert one.name.rsplit("-", 1)[1] == other.name.rsplit("-", 1)[1] == "1"
    one.release()
    other.release()
