"""Addresses in words find the premises that are written so, however people spell them; else nobody guesses.

Names of divisions are those of Tong'an, the premises are invented.
"""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fire135.demo_district import FOLDER
from geo.regions import Division, DivisionTree
from registry.addresses import AddressBook, AddressMatch, KnownPremises
from registry.place_names import plain, town_forms, variants, village_forms


def _demo(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


TREE = DivisionTree(
    Division(row["code"], row["name"], row["level"], row["parent_code"] or None)
    for row in _demo("regions.csv")
)
CODES = {TREE.name_of(code): code for level in ("town", "village") for code in TREE.codes_of_level(level)}
SONGZHAI, MINGXI, HONGTANG = CODES["宋宅村委会"], CODES["明溪村委会"], CODES["洪塘村委会"]


def house(id_: str, village: str, address: str, name: str = "") -> KnownPremises:
    return KnownPremises(id_, name or f"{id_}的家", address, village)


BOOK = AddressBook(
    TREE,
    [
        house("xxl7", SONGZHAI, "五显镇宋宅村下许里7号", "下许里7号"),
        house("xxl72", SONGZHAI, "五显镇宋宅村下许里72号"),
        house("sz12", SONGZHAI, "五显镇宋宅村12号"),
        house("mx12", MINGXI, "明溪村12号"),
        house("school", SONGZHAI, "五显镇中心小学"),
        house("bare", MINGXI, "9号"),
        house("sx8", CODES["三秀社区居委会"], "大同街道三秀社区三秀里8号", "三秀里8号"),
        house("sxs8", CODES["三秀山村委会"], "五显镇三秀山村三秀山里8号", "三秀山里8号"),
        house("ht7", HONGTANG, "洪塘镇洪塘村7号"),
        house("htt7", CODES["洪塘头社区居委会"], "洪塘头社区7号"),
        house("xht7", CODES["西洪塘社区居委会"], "西洪塘社区7号"),
        house("xk5", CODES["西柯社区居委会"], "西柯街道西柯社区5号"),
        house("yz3", CODES["窑市村委会"], "莲花镇窑市村3号"),
        house("hpc1", CODES["后埔村村委会"], "莲花镇后埔村1号"),
        house("east", MINGXI, "五显镇明溪村大埕边1号"),
        house("west", SONGZHAI, "五显镇宋宅村大埕边1号"),
        house("tower", SONGZHAI, "五显镇宋宅村安心苑3号楼"),
        house("room", SONGZHAI, "五显镇宋宅村下许里9号2楼"),
    ],
)


@pytest.mark.parametrize(
    ("said", "premises"),
    [
        ("五显镇宋宅村下许里7号", "xxl7"),
        ("福建省厦门市同安区五显镇宋宅村下许里7号", "xxl7"),
        ("中国福建省厦门市同安区五显镇宋宅村下许里7号", "xxl7"),
        ("厦门同安区五显镇宋宅村下许里7号", "xxl7"),
        ("同安五显镇宋宅村下许里7号", "xxl7"),
        ("厦门市五显镇宋宅村下许里7号", "xxl7"),
        ("同安区宋宅村下许里7号", "xxl7"),
        ("宋宅村下许里7号", "xxl7"),
        ("宋宅下许里7号", "xxl7"),
        ("五显宋宅下许里7号", "xxl7"),
        ("五显镇宋宅村委会下许里7号", "xxl7"),
        ("下许里7号", "xxl7"),
        ("下许里7", "xxl7"),
        ("五顯鎮宋宅村下許里７號", "xxl7"),
        (" 五显镇 宋宅村，下许里 7 号。", "xxl7"),
        ("五显镇宋宅村下许里七号", "xxl7"),
        ("五显镇宋宅村下许里7号2楼", "xxl7"),
        ("五显镇宋宅村下许里7号二楼201室", "xxl7"),
        ("五显镇宋宅村下许里72号", "xxl72"),
        ("五显镇宋宅村下许里9号2楼", "room"),
        ("宋宅村12号", "sz12"),
        ("宋宅12号", "sz12"),
        ("五显镇明溪村十二号", "mx12"),
        ("五显镇明溪村9号", "bare"),
        ("五显镇中心小学", "school"),
        ("五显镇宋宅村中心小学", "school"),
        ("三秀里8号", "sx8"),
        ("三秀山里8号", "sxs8"),
        ("五显镇三秀山里8号", "sxs8"),
        ("洪塘镇洪塘村7号", "ht7"),
        ("洪塘村7号", "ht7"),
        ("洪塘镇洪塘7号", "ht7"),
        ("洪塘头7号", "htt7"),
        ("西洪塘7号", "xht7"),
        ("西柯社区5号", "xk5"),
        ("西柯镇西柯社区5号", "xk5"),
        ("洪塘头社区7号", "htt7"),
        ("西洪塘社区7号", "xht7"),
        ("大同街道三秀里8号", "sx8"),
        ("三秀山村三秀山里8号", "sxs8"),
        ("莲花镇窑市村3号", "yz3"),
        ("窑市村3号", "yz3"),
        ("福建省厦门市莲花镇窑市村3号", "yz3"),
        ("后埔村1号", "hpc1"),
        ("五显镇明溪村大埕边1号", "east"),
        ("五显镇宋宅村安心苑3号楼", "tower"),
    ],
)
def test_the_same_house_however_it_is_said(said: str, premises: str) -> None:
    assert BOOK.match(said) == AddressMatch(premises_id=premises)


@pytest.mark.parametrize(
    ("said", "region", "candidates"),
    [
        ("", None, ()),
        ("着火了快来", None, ()),
        ("7号", None, ()),
        ("12号", None, ()),
        ("9号", None, ()),
        ("五显镇9号", "350212110", ()),
        ("同安区9号", None, ()),
        ("洪塘7号", None, ()),  # the town's or the village's
        ("西柯5号", None, ()),
        ("莲花1号", None, ()),
        ("西柯", None, ()),
        ("五显镇", "350212110", ()),
        ("五显", "350212110", ()),
        ("宋宅村", SONGZHAI, ()),
        ("宋宅", SONGZHAI, ()),
        ("五显镇宋宅村", SONGZHAI, ()),
        ("三秀山村", CODES["三秀山村委会"], ()),
        ("五显镇宋宅村下许里8号", SONGZHAI, ()),
        ("五显镇宋宅村下许里17号", SONGZHAI, ()),
        ("五显镇宋宅村下许里7-1号", SONGZHAI, ("xxl7",)),
        ("宋宅里8号", None, ()),  # a road may be called so
        ("五显镇宋宅村下许里7号对面", SONGZHAI, ("xxl7",)),
        ("下许里7号之一", None, ("xxl7",)),
        ("大埕边1号", None, ("east", "west")),
        ("五显镇大埕边1号", "350212110", ("east", "west")),
        ("莲花镇宋宅村下许里7号", None, ("xxl7",)),  # the village is not there
        ("洪塘镇洪塘头村5号", None, ()),  # nor here, and it is not 洪塘
        ("洪塘镇洪塘头社区7号", None, ()),
        ("洪塘镇洪塘头7号", None, ()),
        ("洪塘镇西洪塘社区7号", None, ()),
        ("洪塘镇洪塘5号", HONGTANG, ()),
        ("洪塘镇5号", "350212107", ()),
        ("大同街道三秀山村8号", None, ()),
        ("大同街道三秀山路8号", "350212001", ()),  # a road, and not one in 三秀
        ("西柯街道西柯7号", CODES["西柯社区居委会"], ()),
        ("西柯街道7号", CODES["西柯街道"], ()),
        ("莲花镇莲花村1号", CODES["莲花村委会"], ()),
        ("莲花村1号", CODES["莲花村委会"], ()),
        ("汀溪1号", None, ()),
        ("汀溪镇汀溪1号", CODES["汀溪社区居委会"], ()),
        ("汀溪社区1号", CODES["汀溪社区居委会"], ()),
        ("翔安区五显镇宋宅村下许里7号", None, ("xxl7",)),
        ("中心小学", None, ("school",)),
        ("下许里72号旁边", None, ("xxl72",)),
    ],
)
def test_what_is_not_sure_is_not_guessed(said: str, region: str | None, candidates: tuple[str, ...]) -> None:
    assert BOOK.match(said) == AddressMatch(None, region, candidates)


def test_two_premises_of_one_address_are_both_named() -> None:
    twice = [house(id_, SONGZHAI, "五显镇宋宅村1号") for id_ in ("b", "a")]
    assert AddressBook(TREE, twice).match("宋宅村1号") == AddressMatch(None, SONGZHAI, ("a", "b"))


def test_of_many_candidates_five_are_named() -> None:
    many = [house(f"p{n}", SONGZHAI, "五显镇宋宅村大埕边1号") for n in range(9)]
    assert AddressBook(TREE, many).match("大埕边1号旁边").candidates == ("p0", "p1", "p2", "p3", "p4")


def test_villages_of_one_name_need_their_town() -> None:
    tree = DivisionTree(
        [
            Division("d", "同安区", "district"),
            *(Division(t, f"{name}镇", "town", "d") for t, name in (("t1", "甲子"), ("t2", "乙丑"))),
            *(Division(f"v{n}", "新村村委会", "village", f"t{n}") for n in (1, 2)),
        ]
    )
    book = AddressBook(tree, [house(f"p{n}", f"v{n}", "新村3号") for n in (1, 2)])
    assert book.match("新村3号") == AddressMatch(None, None, ("p1", "p2"))
    assert book.match("乙丑镇新村3号") == AddressMatch(premises_id="p2")


def test_a_district_of_another_name_is_another_place() -> None:
    tree = DivisionTree(
        [
            *(Division(d, name, "district") for d, name in (("d1", "同安区"), ("d2", "翔安区"))),
            *(Division(f"t{n}", "新民镇", "town", f"d{n}") for n in (1, 2)),
            *(Division(f"v{n}", f"{name}村", "village", f"t{n}") for n, name in ((1, "东山"), (2, "西山"))),
        ]
    )
    book = AddressBook(tree, [house("p1", "v1", "新民镇第一中学"), house("p2", "v2", "翔安区第一中学")])
    assert book.match("同安区新民镇第一中学") == AddressMatch(premises_id="p1")
    assert book.match("翔安区新民镇第一中学") == AddressMatch(premises_id="p2")
    assert book.match("翔安区第一中学") == AddressMatch(premises_id="p2")
    assert book.match("新民镇第一中学").premises_id is None


def test_without_divisions_an_address_is_still_found() -> None:
    book = AddressBook(DivisionTree([]), [house("p", "gone", "Main Street 7 A")])
    assert book.match("main street 7a") == AddressMatch(premises_id="p")


def test_every_house_of_the_demo_district_is_found_and_no_other() -> None:
    rows = _demo("premises.csv")
    book = AddressBook(TREE, [house(r["id"], r["village_code"], r["address"], r["name"]) for r in rows])
    for row in rows:
        assert book.match(f"厦门市同安区{row['address']}") == AddressMatch(premises_id=row["id"])
        assert book.match(row["address"].replace("号", "号之三")).premises_id is None


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("宋宅村委会", {"宋宅村委会", "宋宅村", "宋宅"}),
        ("宋宅村民委员会", {"宋宅村民委员会", "宋宅村", "宋宅"}),
        ("宋宅村", {"宋宅村", "宋宅"}),
        ("同新社区居委会", {"同新社区居委会", "同新社区", "同新"}),
        ("后埔村村委会", {"后埔村村委会", "后埔村", "后埔"}),
        ("顶村村委会", {"顶村村委会", "顶村"}),
    ],
)
def test_what_villages_are_called(name: str, forms: set[str]) -> None:
    assert set(village_forms(name)) == forms


def test_a_town_keeps_the_name_it_had_as_another_kind() -> None:
    assert town_forms("新民街道")["新民镇"] is False
    assert town_forms("新民街道")["新民"] is True


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("下許里７號", "下许里7号"),
        ("二〇一室", "201室"),
        ("一百零五号", "105号"),
        ("二十号", "20号"),
        ("三忠村", "三忠村"),
        ("7－1号", "7-1号"),
        ("A 栋 3—2", "a栋3-2"),
        ("（五显）-宋宅", "五显宋宅"),
    ],
)
def test_one_spelling(text: str, spelled: str) -> None:
    assert plain(text) == spelled


@given(st.text())
def test_no_text_is_too_odd_and_a_spelling_stays(text: str) -> None:
    spelled = plain(text)
    assert all(variants(spelled)) or spelled in {"", "号"}
    assert isinstance(BOOK.match(text), AddressMatch)


@given(
    st.lists(
        st.sampled_from(["五显镇", "宋宅村", "下许里", "7号", "洪塘", "同安区", "2楼", "莲花", "12号"]),
        max_size=6,
    )
)
def test_a_match_is_a_house_whose_number_was_said(pieces: list[str]) -> None:
    found = BOOK.match("".join(pieces)).premises_id
    if found is not None:
        assert found[-1] in "".join(pieces)
