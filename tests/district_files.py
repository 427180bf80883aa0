"""A small faultless district as files, for tests to break in one place.

Names of divisions are those of Tong'an; positions, people and phone numbers are invented.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

FILES: Mapping[str, str] = {
    "regions.csv": """\
code,name,level,parent_code,lon,lat,crs
350212,同安区,district,,118.15,24.72,
350212110,五显镇,town,350212,118.19,24.75,
350212110212,宋宅村委会,village,350212110,118.19,24.77,
350212110211,明溪村委会,village,350212110,118.20,24.78,
""",
    "stations.csv": """\
id,name,tier,region_code,lon,lat,crs,active
songzhai,宋宅村微型消防站,village,350212110212,118.19,24.77,wgs84,yes
wuxian,五显镇专职消防队,town,350212110,118.19,24.75,wgs84,yes
tongan,同安区消防救援大队,district,350212,118.15,24.72,wgs84,
""",
    "people.csv": """\
id,name,phone,role,station_id,region_code,rank,language
chief,虚构站长,+8613800138000,chief,songzhai,,1,zh
deputy,虚构副站长,+8613800138001,deputy,songzhai,,2,
duty,虚构值班员,+8613800138002,duty_officer,,350212,,en
""",
    "premises.csv": """\
id,name,address,village_code,lon,lat,crs,use,floors,residents,contact_name,contact_phone,notes
xiaxuli-7,下许里7号,五显镇宋宅村下许里7号,350212110212,118.191,24.771,wgs84,self_built,4,6,虚构户主,+8613800138003,二楼住老人
mingxi-12,明溪12号,五显镇明溪村12号,350212110211,,,,,,,,,
""",
    "devices.csv": """\
id,kind,premises_id,floor,room,source,external_id,heartbeat_s
smoke,smoke,xiaxuli-7,1,客厅,zigbee2mqtt,living_room_smoke,3600
call-point,call_point,xiaxuli-7,1,门厅,native,,
gateway,gateway,,,,native,,300
terminal,station_terminal,songzhai,,,native,,
""",
    "shifts.csv": """\
person_id,weekday,date,from,to
chief,mon,,08:00,20:00
chief,,2026-05-01,00:00,24:00
""",
    "responses.csv": """\
incident_id,received_at,premises_id,lon,lat,region_code,station_id,tier,notified_at,acknowledged_at,\
enroute_at,on_scene_at,cleared_at,disposition
h1,2026-01-05T08:00:00+08:00,xiaxuli-7,,,,songzhai,village,2026-01-05T08:00:05+08:00,\
2026-01-05T08:00:40+08:00,2026-01-05T08:01:10+08:00,2026-01-05T08:03:00+08:00,2026-01-05T08:40:00+08:00,fire
h1,2026-01-05T00:00:00Z,xiaxuli-7,,,,wuxian,town,2026-01-05T08:00:05+08:00,,,2026-01-05T08:04:30+08:00,,
h2,2026-02-06T09:00:00+08:00,,118.2,24.78,,songzhai,,,,,,,false_alarm
""",
}


def write_district(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Write CSV files into a folder, UTF-8; gives the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


def edited(name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """The faultless files, with pieces of one replaced; every piece must be there."""
    content = FILES[name]
    for old, new in changes:
        assert old in content, f"{name} holds no {old!r}"
        content = content.replace(old, new)
    return {**FILES, name: content}


def workbook(sheets: Mapping[str, list[list[object]]]) -> bytes:
    """An XLSX with these sheets; None leaves a cell empty, text stays text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        sheet.write(number, column, value)
    return buffer.getvalue()


def as_sheets(files: Mapping[str, str] = FILES) -> dict[str, list[list[object]]]:
    """CSV files as sheets of text cells."""
    return {
        name.removesuffix(".csv"): [list(line.split(",")) for line in content.splitlines()]
        for name, content in files.items()
    }
