"""`fire135 demo` from outside: it says where the page is, tells its stories, and ends cleanly."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

import requests

_PATIENCE_S = 90.0


@dataclass
class Demo:
    """A running demo, read line by line."""

    process: subprocess.Popen[str]
    url: str
    out: Path

    def read(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def wait_for(self, words: str) -> str:
        """Everything said until these words are."""
        deadline = time.monotonic() + _PATIENCE_S
        while words not in (said := self.read()):
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        return said

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE_S)


def free_ports(count: int) -> list[int]:
    open_sockets = [create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [open_socket.getsockname()[1] for open_socket in open_sockets]
    for open_socket in open_sockets:
        open_socket.close()
    return ports


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """Run the demo in a folder of its own, on ports of its own."""
    http_port, mqtt_port = free_ports(2)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FIRE135_")} | {
        "FIRE135_HTTP_PORT": str(http_port),
        "FIRE135_MQTT_URL": f"embedded://127.0.0.1:{mqtt_port}",
    }
    out = folder / f"said-{http_port}"
    with out.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "fire135.cli", "demo", "--speed", "60"],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield Demo(process, f"http://127.0.0.1:{http_port}", out)
    finally:
        process.kill()
        process.wait()


def test_the_demo_stopped_midway_begins_again_beside_another_and_tells_the_candle_story(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with demo(here) as broken_off:
        broken_off.wait_for("▲")
        assert broken_off.end(signal.SIGTERM) == 0
        assert "Traceback" not in broken_off.read()
    with demo(here) as again:
        with demo(there) as other:
            other.wait_for("▲")
            assert again.process.poll() is None
            assert other.end(signal.SIGINT) == 0
        again.wait_for("故事二")
        assert requests.get(again.url, timeout=10).ok
        assert again.end(signal.SIGINT) == 0
        said = again.read()
    lines = said.splitlines()
    assert lines[0].startswith("fire135 演示")
    assert lines[1].endswith(f"{again.url}/")
    for wanted in (
        r"→ 演示宋宅村站长 \+86\d{11}：火警\w+：五显镇宋宅村下许里7号 1楼客厅 烟感报警",
        r"→ 演示五显镇队长 \+86\d{11}：火警\w+：五显镇宋宅村下许里7号 1楼客厅 烟感报警",
        r"← \w+ 宋宅村微型消防站 演示宋宅村站长：已到场（短信）",
        r"← \w+ 五显镇专职消防队 演示五显镇队长：已到场（短信）",
        r"■ \w+ 移交区级和119（已确认）",
        r"■ \w+ 结案：火情，原因：蜡烛 candle",
        r"村级）  派警 \d+秒  送达 \d+秒  应答 \d+秒  出动 \d+秒  行程 \d+秒  到场 \d+秒",
        r"镇级）  派警 \d+秒  送达 \d+秒  应答 \d+秒  出动 \d+秒  行程 \d+秒  到场 \d+秒",
    ):
        assert re.search(wanted, said), wanted
    assert "Traceback" not in said
