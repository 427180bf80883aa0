/** The devices page: what is vouched for, what needs seeing to, what is unknown; it follows the feed. */

import { tickAges } from "./ages.js";
import { openDevice } from "./device.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { Modes } from "./modes.js";
import { UnknownDevices } from "./unknown.js";
import { Worklist } from "./worklist.js";

const SOON_MS = 500; // what many devices say at once is read once
const element = (id) => document.getElementById(id);

const parts = [
  new Modes(element("modes")),
  new Worklist(element("worklist"), element("worklist-count")),
  new UnknownDevices(element("unknown"), element("unknown-count")),
];
const feed = new Feed({ poll: reload, change: readSoon }, ["device"]);
let waiting = 0;

async function reload() {
  await Promise.all(parts.map((part) => part.reload()));
}

function readSoon() {
  waiting ||= setTimeout(() => {
    waiting = 0;
    feed.poll();
  }, SOON_MS);
}

element("find").addEventListener("submit", (event) => {
  event.preventDefault();
  openDevice(new FormData(event.target).get("device").trim());
});
document.addEventListener("devices-changed", () => feed.poll());
runFrame(feed, tickAges);
await feed.start();
