"""The address book of a database: read again when the registry changes."""

from registry.address_book import load_address_book
from registry.addresses import AddressMatch
from registry.version import bump_version
from store.database import Database
from tests.factories import make_district, make_premises


def test_the_book_holds_the_registrys_premises_until_it_changes(database: Database) -> None:
    with database.begin() as session:
        district = make_district(session)
    with database.read() as session:
        book = load_address_book(session)
        assert load_address_book(session) is book
    assert book.match("同安区五显镇宋宅村下许里7号") == AddressMatch(premises_id=district.premises)
    assert book.match("五显镇宋宅村下许里8号") == AddressMatch(region_code=district.village)
    with database.begin() as session:
        make_premises(session, "new", district.village, address="五显镇宋宅村下许里8号")
        bump_version(session)
    with database.read() as session:
        assert load_address_book(session).match("宋宅村下许里8号") == AddressMatch(premises_id="new")
