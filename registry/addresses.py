"""Which premises an address in words means: exactly one that is written so, or none; never a guess. Pure.

Districts, towns and villages in front of the address may be left out as far as the rest still names one
place. A bare name that is a village's and a town's (西柯, 莲花, 洪塘, 汀溪) decides nothing alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from geo.regions import DivisionTree
from registry.place_names import district_forms, plain, town_forms, variants, village_forms

#: As many candidates as a message can name.
_MOST_CANDIDATES = 5
#: So many characters besides the house number make a name that stands without its village.
_TELLING = 3
_NUMBERS = re.compile(r"[\d号\-]")
#: What behind a bare name says that it is the village's: 洪塘头村, 洪塘头5号; not 三秀山路5号.
_NO_ROAD = re.compile(r"村|社区|\d")
#: 中国福建省厦门市, any part of which may be left out.
_TO_CITY = re.compile(r"(?:中国)?(?:[^\W\d]{2,3}省)?(?:[^\W\d]{2,4}?市)?")
_LONGEST_BEFORE_DISTRICT = 10  # characters, as of 中国福建省厦门市


@dataclass(frozen=True, slots=True)
class KnownPremises:
    """Premises as far as an address can name them."""

    id: str
    name: str
    address: str
    village_code: str


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """What an address means: premises; else the village or town it surely names, and who may be meant."""

    premises_id: str | None = None
    region_code: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to take an address apart; `bare` where the village is a name that may be a road's."""

    rest: str
    district: str | None = None
    town: str | None = None
    village: str | None = None
    bare: bool = False


class _Forms:
    """What the divisions of one level are called."""

    def __init__(self, tree: DivisionTree, level: str, forms: Callable[[str], Mapping[str, bool]]) -> None:
        self.codes: dict[str, dict[str, bool]] = defaultdict(dict)  # form -> code -> bare
        self._above = {code: {code, *tree.ancestors(code)} for code in tree.codes_of_level(level)}
        for code in self._above:
            for form, bare in forms(tree.name_of(code) or "").items():
                self.codes[form][code] = bare
        self._forms = {
            code: sorted((form for form, whose in self.codes.items() if whose.get(code) is False), key=len)[
                ::-1
            ]
            for code in self._above
        }
        self._lengths: dict[str, list[int]] = defaultdict(list)  # by first character, the longest first
        for form in sorted(filter(None, self.codes), key=len, reverse=True):
            if len(form) not in self._lengths[form[0]]:
                self._lengths[form[0]].append(len(form))

    def at_start(self, text: str, within: str | None = None) -> tuple[str, dict[str, bool]]:
        """The longest form that a text begins with, and whose it is, within a region where one is given."""
        for length in self._lengths.get(text[:1], ()):
            found = self.codes.get(text[:length], {})
            if within is not None:
                found = {code: bare for code, bare in found.items() if within in self._above[code]}
            if found:
                return text[:length], found
        return "", {}

    def forms_of(self, code: str | None) -> list[str]:
        """What a division is called without doubt, the longest first."""
        return self._forms.get(code, []) if code else []

    def is_named(self, text: str) -> bool:
        """Tell whether a text begins with the name of one, not only with a bare one."""
        return not all(self.at_start(text)[1].values())

    def is_numbered(self, text: str) -> bool:
        """Tell whether a text begins with the name of one, bare or not, that is no road's."""
        form, _ = self.at_start(text)
        return bool(form) and _NO_ROAD.match(text, len(form)) is not None


class AddressBook:
    """All premises at one moment, by how their addresses may be written; never changes."""

    def __init__(self, tree: DivisionTree, premises: Iterable[KnownPremises]) -> None:
        self._tree = tree
        self._districts = _Forms(tree, "district", district_forms)
        self._towns = _Forms(tree, "town", town_forms)
        self._villages = _Forms(tree, "village", village_forms)
        self._texts = [
            (next(variants(plain(text))), row) for row in premises for text in (row.address, row.name)
        ]

    def match(self, address: str) -> AddressMatch:
        """What an address means.

        The house as written, else without floor and room; of several that fit, none.
        """
        text = plain(address)
        readings: list[_Reading] = []
        for variant in variants(text):
            readings = list(self._readings(variant))
            found = sorted(self._meant(readings))
            if len(found) == 1:
                return AddressMatch(premises_id=found[0])
            if found:
                return AddressMatch(None, self._region(readings), tuple(found[:_MOST_CANDIDATES]))
        region = self._region(readings)
        return AddressMatch(None, region, self._alike(text, region))

    def _readings(self, text: str) -> Iterator[_Reading]:
        """Every way to take a plain address apart that its longest names allow."""
        for district, rest in self._without_district(text):
            yield _Reading(rest, district)
            yield from self._village_readings(rest, district, None)
            form, towns = self._towns.at_start(rest, district)
            for town, bare in towns.items():
                if not (bare and form in self._villages.codes):
                    yield _Reading(rest.removeprefix(form), district, town)
                yield from self._village_readings(rest.removeprefix(form), district, town)

    def _village_readings(self, rest: str, district: str | None, town: str | None) -> Iterator[_Reading]:
        form, villages = self._villages.at_start(rest, town or district)
        if len(form) < len(self._villages.at_start(rest)[0]):
            return  # 洪塘镇洪塘头 names a village that is not there; it is not the 洪塘 in its name
        for village, bare in villages.items():
            if town is None and bare and form in self._towns.codes:
                continue
            yield _Reading(rest.removeprefix(form), district, town, village, bare and town is None)

    def _without_district(self, text: str) -> Iterator[tuple[str | None, str]]:
        """The text itself; and behind country, province, city and district, where they stand there."""
        yield None, text
        for form, districts in self._districts.codes.items():
            for district, bare in districts.items():
                before, found, rest = text.partition(form)
                if not found or len(before) > _LONGEST_BEFORE_DISTRICT:
                    continue
                if not bare or (_TO_CITY.fullmatch(before) and self._towns.is_named(rest)):
                    yield district, rest
        city = _TO_CITY.match(text)
        if city and city.end() and self._towns.is_named(text[city.end() :]):
            yield None, text[city.end() :]

    def _meant(self, readings: Iterable[_Reading]) -> set[str]:
        """The premises that are written as the rest of a reading, in the divisions that it names."""
        by_rest: dict[str, list[_Reading]] = defaultdict(list)
        for reading in readings:
            if reading.rest:
                by_rest[reading.rest].append(reading)
        rests = tuple(by_rest)
        return {
            row.id
            for text, row in self._texts
            if text.endswith(rests)
            for written in self._readings(text)
            if self._is_own(written, row)
            and any(self._is_same(said, written, row) for said in by_rest.get(written.rest, ()))
        }

    def _is_own(self, written: _Reading, row: KnownPremises) -> bool:
        named = (written.district, written.town, written.village)
        return all(code is None or self._tree.contains(code, row.village_code) for code in named)

    def _is_same(self, said: _Reading, written: _Reading, row: KnownPremises) -> bool:
        """Tell whether the same rest means these premises, by the divisions that stood before it."""
        named = said.village or said.town or said.district
        if named is not None and not self._tree.contains(named, row.village_code):
            return False
        if said.village is not None:
            return True
        if written.village is not None or (written.town is not None and said.town is None):
            return False
        return _is_telling(said.rest) or (said.town is not None and written.town is not None)

    def _region(self, readings: Iterable[_Reading]) -> str | None:
        """The one village or town that an address surely names."""
        sure = [reading for reading in readings if not (reading.bare and reading.rest)]
        villages = {reading.village for reading in sure if reading.village}
        if villages:
            return villages.pop() if len(villages) == 1 else None
        towns = {
            reading.town
            for reading in sure
            if reading.town
            and not self._villages.is_named(reading.rest)
            and not self._villages.is_numbered(reading.rest)
        }
        return towns.pop() if len(towns) == 1 else None

    def _alike(self, text: str, region: str | None) -> tuple[str, ...]:
        """Premises whose telling name or address stands somewhere in a text; the longest first."""
        alike = {
            (-len(rest), row.id)
            for written, row in self._texts
            if written[-_TELLING:] in text  # or else its rest does not stand there
            if region is None or self._tree.contains(region, row.village_code)
            if _is_telling(rest := self._without_own_divisions(written, row)) and _stands_in(rest, text)
        }
        return tuple(dict.fromkeys(id_ for _, id_ in sorted(alike)))[:_MOST_CANDIDATES]

    def _without_own_divisions(self, written: str, row: KnownPremises) -> str:
        """What stands behind the name of its village, else of its town, else all of it."""
        for known, code in (
            (self._villages, row.village_code),
            (self._towns, self._tree.town_of(row.village_code)),
        ):
            for form in known.forms_of(code):
                _, found, rest = written.partition(form)
                if found:
                    return rest
        return written


def _is_telling(rest: str) -> bool:
    return len(_NUMBERS.sub("", rest)) >= _TELLING


def _stands_in(rest: str, text: str) -> bool:
    """下许里7 stands in 下许里7号对面, not in 下许里72号."""
    before, found, after = text.partition(rest)
    return (
        bool(found)
        and not (rest[-1].isdigit() and after[:1].isdigit())
        and not (rest[0].isdigit() and before[-1:].isdigit())
    )
