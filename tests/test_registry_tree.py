"""The division tree of a database: read again when the registry changes, and never without villages."""

from geo.point import Point
from geo.regions import Doubt, Location
from registry.tree import load_tree
from registry.version import bump_version
from store.database import Database
from tests.factories import make_region, make_station


def test_a_village_without_centre_is_where_its_station_stands(database: Database) -> None:
    with database.begin() as session:
        make_region(session, "d", "同安区", "district")
        make_region(session, "t", "五显镇", "town", parent_code="d")
        for code, name in (("v1", "宋宅村"), ("v2", "明溪村"), ("v3", "后塘村")):
            make_region(session, code, name, "village", parent_code="t")
        session.flush()
        make_station(session, "a", "v1", lon=118.10, lat=24.70)
        make_station(session, "b", "v1", lon=118.20, lat=24.70)
        make_station(session, "retired", "v2", lon=118.10, lat=24.69, active=False)
        make_station(session, "unknown", "v3", lon=None, lat=None)
    with database.read() as session:
        tree = load_tree(session)
    assert tree.location(Point(118.10, 24.69)) == Location("v1", Doubt.NEAREST_CENTRE)
    assert tree.point_of("v1") == Point(118.10, 24.70)
    assert (tree.point_of("v2"), tree.point_of("v3")) == (None, None)


def test_the_tree_is_kept_until_the_registry_changes(database: Database) -> None:
    with database.begin() as session:
        make_region(session, "d", "同安区", "district")
    with database.read() as session:
        before = load_tree(session)
    with database.read() as session:
        assert load_tree(session) is before
    with database.begin() as session:
        make_region(session, "t", "五显镇", "town", parent_code="d")
        bump_version(session)
    with database.read() as session:
        assert load_tree(session).name_of("t") == "五显镇"
