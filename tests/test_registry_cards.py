"""The buildings' cards as a file: read by floor, checked with the rest, each change kept."""

from pathlib import Path

import pytest
from sqlalchemy import select

from registry.floor_notes import floor_name, floor_notes
from registry.loading import LoadReport, load
from store.cards import PremisesCard, PremisesCardChange
from store.database import Database
from tests.clock import STORY_START
from tests.district_files import FILES, as_sheets, workbook, write_district

_HEADER = "premises_id,needs_help,hazards,water,access,lane_width_m,key_holder_name,key_holder_phone\n"
_CARD = (
    "xiaxuli-7,3楼老人卧床；2楼: 孕妇,一楼电动车充电;门口有狗,"
    "村口消火栓,南侧巷道,2.8,虚构房东,+8613800138901\n"
)


def _load(database: Database, folder: Path, *cards: str) -> LoadReport:
    files = {**FILES, "cards.csv": _HEADER + "".join(cards)}
    return load(database, write_district(folder, files), now=STORY_START)


def test_a_card_is_loaded_by_floor_and_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    assert "cards.csv: created 1, changed 0, unchanged 0" in _load(database, tmp_path, _CARD).lines()

    again = _load(database, tmp_path, _CARD)

    assert "cards.csv: created 0, changed 0, unchanged 1" in again.lines()
    with database.read() as session:
        card = session.get_one(PremisesCard, "xiaxuli-7")
        assert card.needs_help == [{"floor": "3", "text": "老人卧床"}, {"floor": "2", "text": "孕妇"}]
        assert card.hazards == [{"floor": "1", "text": "电动车充电"}, {"floor": None, "text": "门口有狗"}]
        assert (card.lane_width_m, card.changed_by, card.changed_at) == (2.8, "load", STORY_START)
        assert len(session.scalars(select(PremisesCardChange)).all()) == 1


def test_a_changed_card_keeps_what_it_was(database: Database, tmp_path: Path) -> None:
    _load(database, tmp_path, _CARD)

    changed = _load(database, tmp_path, _CARD.replace("村口消火栓", "门前池塘"))

    assert "cards.csv: created 0, changed 1, unchanged 0" in changed.lines()
    with database.read() as session:
        kept = session.scalars(select(PremisesCardChange).order_by(PremisesCardChange.id)).all()
        assert [change.card["water"] for change in kept] == ["村口消火栓", "门前池塘"]
        assert session.get_one(PremisesCard, "xiaxuli-7").water == "门前池塘"


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        ("nowhere,,,,,,,\n", "cards.csv:2:premises_id: unknown premises 'nowhere'"),
        (_CARD + _CARD, "cards.csv:3:premises_id: 'xiaxuli-7' stands in row 2 already"),
        ("xiaxuli-7,,,,,,,+8613800138901\n", "cards.csv:2:key_holder_name: empty, but key_holder_phone"),
        ("xiaxuli-7,,,,,,房东,13800138901\n", "cards.csv:2:key_holder_phone: '13800138901' has no +"),
        ("xiaxuli-7,,,,,wide,,\n", "cards.csv:2:lane_width_m: 'wide' is no number"),
        (f"xiaxuli-7,{'老' * 201},,,,,,\n", "cards.csv:2:needs_help: "),
        (f"xiaxuli-7,{'一人;' * 21},,,,,,\n", "cards.csv:2:needs_help: 21 notes; at most 20"),
    ],
)
def test_a_wrong_card_is_refused_with_everything_else(
    database: Database, tmp_path: Path, card: str, fault: str
) -> None:
    (found,) = _load(database, tmp_path, card).faults

    assert str(found).startswith(fault)
    with database.read() as session:
        assert session.scalars(select(PremisesCard)).all() == []


def test_a_workbook_may_hold_a_sheet_of_cards(database: Database, tmp_path: Path) -> None:
    sheets = as_sheets({**FILES, "cards.csv": _HEADER + _CARD.replace(",120", "")})
    file = tmp_path / "district.xlsx"
    file.write_bytes(workbook(sheets))

    assert "cards: created 1, changed 0, unchanged 0" in load(database, file, now=STORY_START).lines()


@pytest.mark.parametrize(
    ("written", "floor", "text"),
    [
        ("3楼老人卧床", "3", "老人卧床"),
        ("一楼电动车充电", "1", "电动车充电"),
        ("第十二层:孕妇", "12", "孕妇"),
        ("3F bedridden", "3", "bedridden"),
        ("2: two wheelchairs", "2", "two wheelchairs"),
        ("floor 2: baby", "2", "baby"),
        ("地下室:电瓶", "地下室", "电瓶"),
        ("b1层 液化气", "B1", "液化气"),
        ("三楼四楼住租客", None, "三楼四楼住租客"),
        ("3-4楼租客", None, "3-4楼租客"),
        ("十楼以上无水", None, "十楼以上无水"),
        ("一楼梯口堆放杂物", None, "一楼梯口堆放杂物"),
        ("注意: 有狗", None, "注意: 有狗"),
        ("2 children", None, "2 children"),
        ("3楼2位老人卧床", "3", "2位老人卧床"),
        ("二楼一位老人", "2", "一位老人"),
        ("3楼：12名工人", "3", "12名工人"),
        ("2: 2 wheelchairs", "2", "2 wheelchairs"),
        ("3楼4、5号房住租客", None, "3楼4、5号房住租客"),
        ("3楼 - 5楼租客", None, "3楼 - 5楼租客"),
        ("一二楼堆货", None, "一二楼堆货"),
        ("8:00至18:00有人", None, "8:00至18:00有人"),
    ],
)
def test_a_floor_is_read_only_where_one_is_named(written: str, floor: str | None, text: str) -> None:
    (note,) = floor_notes(written)

    assert (note.floor, note.text) == (floor, text)
    assert floor_notes(str(note)) == [note]


def test_a_floor_s_name_has_no_unit() -> None:
    names = {"3楼": "3", "三层": "3", "3F": "3", "3": "3", "b1": "B1", "阁楼": "阁楼", "南楼": "南楼"}
    assert {floor: floor_name(floor) for floor in names} == names
