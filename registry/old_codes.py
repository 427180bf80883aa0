"""Codes of divisions that are no more, with what took their place.

Old lists and old maps still hold them; a row that names one is refused with the present code, not moved
silently. From the list of divisions of the National Bureau of Statistics of 2023.
"""

from collections.abc import Mapping

_SUCCESSORS: Mapping[str, str] = {
    "350212106": "350212003",  # 新民镇, now 新民街道
    "350212108": "350212004",  # 西柯镇, now 西柯街道
}
_TOWN_DIGITS = 9


def successor_of(code: str) -> str | None:
    """The town that took the place of a town, or of the town of a village; None for a code in use."""
    return _SUCCESSORS.get(code[:_TOWN_DIGITS])
