"""How heavy the pages are, how soon they show something, how smoothly the map moves: a real Chromium.

    python -m benchmarks.page                      # every page of PAGES, then the map
    python -m benchmarks.page / /review            # these pages only
    python -m benchmarks.page --devices 20000

The demo district, with so many invented devices beside. Each page is opened by a browser that has never seen
it. Weight counts what arrives until the page is still, unpacked, without the map's data; packed is what went
over the wire. The first useful view is when its list or picture stands there, from the start of navigation.
"""

import argparse
import csv
import json
import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.rig import HTTP_PORT, PROGRAM, Service, machine, nearest_rank, wait_until
from fire135.demo_district import FOLDER

URL = f"http://127.0.0.1:{HTTP_PORT}"
INCIDENT = "/incidents/ID"
#: What is useful on a page: the first thing that somebody came for.
PAGES = {
    "/": "#open > *",
    INCIDENT: "#incident article",
    "/review": "#main svg, #main canvas, #main tbody tr",
    "/registry": "#main tbody tr",
    "/devices": "#main li, #main .calm",
    "/duty": "#main li, #main tbody tr",
    "/readiness": "#main li, #main .calm",
    "/coverage": "#map canvas",
}
_ANYTHING = "#main *"
_MAP_DATA = ("/board/devices", "/reports/coverage")
_USER, _PASSWORD = "benchmark", "a long pass phrase"
_STILL_MS, _LOOK_MS, _PATIENCE_MS = 1500, 100, 30_000
_WATCH = """selector => {
  window.usefulAt = null;
  const look = () => {
    if (window.usefulAt === null && document.querySelector(selector)) window.usefulAt = performance.now();
  };
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
}"""
_FRAMES = """() => {
  window.frames = [];
  let before = performance.now();
  const frame = () => {
    const now = performance.now();
    window.frames.push(now - before);
    before = now;
    window.going = requestAnimationFrame(frame);
  };
  window.going = requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class View:
    """What one opening of a page took: bytes unpacked and packed, requests, seconds to its use."""

    weight: int
    packed: int
    requests: int
    useful_s: float


def main() -> None:
    """Print a line for each page, and one for the map."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("paths", nargs="*", default=list(PAGES))
    parser.add_argument("--devices", type=int, default=20_000)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving(Path(folder), given.devices) as incident,
        sync_playwright() as playwright,
    ):
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        print(machine())
        for path in given.paths:
            view = _open(browser, path.replace(INCIDENT, f"/incidents/{incident}"), PAGES.get(path))
            print(
                f"{path:14} {view.weight / 1000:6.0f} kB, packed {view.packed / 1000:5.0f} kB, "
                f"{view.requests} requests, first useful view {view.useful_s:.2f} s"
            )
        _move_map(browser, given.devices)
        browser.close()


@contextmanager
def _serving(folder: Path, devices: int) -> Iterator[str]:
    """The API and the page over the demo district with one open incident; gives its id."""
    for source in (path for path in FOLDER.iterdir() if path.is_file()):
        shutil.copy(source, folder)
    place = _add_devices(folder, devices)
    service = Service(folder, None)
    service.prepare()
    user = [*PROGRAM, "user", "add", _USER, "--role", "dispatcher"]
    subprocess.run(user, env=service.environment, input=f"{_PASSWORD}\n".encode(), check=True, cwd=folder)
    token = subprocess.run(
        [*PROGRAM, "token", "create", "bench", "--role", "dispatcher"],
        env=service.environment,
        check=True,
        cwd=folder,
        capture_output=True,
        text=True,
    ).stdout.strip()
    with service.started("api"):
        wait_until(_is_up, 1, for_s=60)
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps({"premises_id": place, "caller": "虚构报警人"}).encode()
        with urlopen(Request(f"{URL}/api/v1/alarms", body, head)) as answer:
            yield str(json.load(answer)["id"])


def _is_up() -> int:
    """1 once the pages are served; without devices and carriers it never counts as ready."""
    try:
        with urlopen(f"{URL}/healthz", timeout=1):
            return 1
    except OSError:
        return 0


def _add_devices(folder: Path, count: int) -> str:
    """Add buildings with two devices each round the villages' stations; gives the first building's id."""
    stations = [row for row in _rows(folder / "stations.csv") if row["tier"] == "village"]
    buildings = []
    for number in range(count // 2):
        near = stations[number % len(stations)]
        east, north = (number * 37 % 101 - 50) / 5000, (number * 61 % 103 - 51) / 5000
        place = {"lon": f"{float(near['lon']) + east:.5f}", "lat": f"{float(near['lat']) + north:.5f}"}
        name = f"基准楼{number:05d}"
        known = {"id": f"bench-{number}", "name": name, "address": name, "village_code": near["region_code"]}
        buildings.append(known | place | {"crs": near.get("crs") or "wgs84"})
    detectors = [
        {"id": f"bench-{place['id']}-{floor}", "kind": "smoke", "premises_id": place["id"]}
        | {"floor": str(floor), "source": "native"}
        for place in buildings
        for floor in (1, 2)
    ]
    _append(folder / "premises.csv", buildings)
    _append(folder / "devices.csv", detectors)
    return buildings[0]["id"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    before = _rows(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, before[0].keys(), restval="")
        writer.writeheader()
        writer.writerows([*before, *rows])


@contextmanager
def _window(browser: Browser) -> Iterator[Page]:
    """A window of a browser that has nothing in its cache, signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.request.post(
        f"{URL}/sign-in", form={"name": _USER, "password": _PASSWORD}, headers={"Origin": URL}
    )
    yield context.new_page()
    context.close()


def _open(browser: Browser, path: str, useful: str | None) -> View:
    with _window(browser) as page:
        arrived: list[Response] = []
        page.on("response", lambda response: arrived.append(response))  # noqa: PLW0108 - Playwright marks what it calls
        page.add_init_script(f"({_WATCH})({json.dumps(useful or _ANYTHING)})")
        page.goto(URL + path)
        for _ in range(_PATIENCE_MS // _LOOK_MS):  # waiting in the page is refused by its policy
            if page.evaluate("window.usefulAt") is not None:
                break
            page.wait_for_timeout(_LOOK_MS)
        page.wait_for_timeout(_STILL_MS)
        counted = [one for one in arrived if _counts(one)]
        return View(
            weight=sum(len(one.body()) for one in counted),
            packed=sum(one.request.sizes()["responseBodySize"] for one in counted),
            requests=len(counted),
            useful_s=(page.evaluate("window.usefulAt") or math.inf) / 1000,
        )


def _counts(response: Response) -> bool:
    is_map_data = any(part in response.url for part in _MAP_DATA)
    return response.ok and not is_map_data and not response.url.endswith("/stream")


def _move_map(browser: Browser, devices: int) -> None:
    """Drag the board's map about and zoom in and out, and say how long its frames took."""
    with _window(browser) as page:
        with page.expect_response("**/board/devices", timeout=_PATIENCE_MS):
            page.goto(URL)
        page.wait_for_timeout(_STILL_MS)
        box = page.locator("#map").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.evaluate(_FRAMES)
        for step in range(6):
            page.mouse.down()
            page.mouse.move(x + 120 * (-1) ** step, y + 80 * (-1) ** step, steps=20)
            page.mouse.up()
            page.mouse.move(x, y)
            page.mouse.wheel(0, -240 if step < 3 else 240)
            page.wait_for_timeout(500)
        frames: list[float] = page.evaluate("() => { cancelAnimationFrame(going); return frames; }")
    p50, p95 = nearest_rank(frames, 50), nearest_rank(frames, 95)
    known = f"p50 {p50:.1f}  p95 {p95:.1f}  max {max(frames):.1f} ms"
    print(f"map, {devices} devices: {len(frames)} frames, {known}")


if __name__ == "__main__":
    main()
