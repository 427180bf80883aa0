/**
 * The sound of a new alarm: a two-tone call, again and again until an answer or somebody at the desk.
 * Browsers allow it only after a key or click on the page, and they or the machine may take it back.
 */

import { h, replaceChildren } from "./dom.js";
import { t } from "./i18n.js";

const REMEMBERED = "fire135.muted";
const TONES_HZ = [880, 660];
const TONE_S = 0.28;
const ROUNDS = 4;
const CALL_MS = ROUNDS * TONES_HZ.length * TONE_S * 1000;
const AGAIN_MS = 20_000; // ours: often enough to be missed by nobody, seldom enough to telephone meanwhile

export class Siren {
  #button;
  #context = null;
  #calling = new Set(); // the incidents that nobody has answered or touched the page for
  #again = 0;
  #silentFrom = 0; // a call sounds until then, by performance.now()
  #muted = localStorage.getItem(REMEMBERED) === "yes";

  /** `button` switches the sound off and on, and says how it stands. */
  constructor(button) {
    this.#button = button;
    button.addEventListener("click", () => this.#toggle());
    document.addEventListener("click", () => this.#awake());
    document.addEventListener("keydown", (event) => event.target !== button && this.#awake());
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, () => this.#calling.clear());
    this.#show();
  }

  /** Call for a new incident now, and again until `keep` leaves it out or somebody touches the page. */
  call(id) {
    this.#calling.add(id);
    this.#sound();
  }

  /** Go on calling only for those of these incidents that are called for. */
  keep(ids) {
    for (const id of this.#calling) if (!ids.has(id)) this.#calling.delete(id);
  }

  /** Sound one call, however many wait for it; nothing where it is muted, not allowed or sounding. */
  async #sound() {
    clearTimeout(this.#again);
    if (!this.#calling.size) return;
    this.#again = setTimeout(() => this.#sound(), AGAIN_MS);
    if (this.#muted || !this.#context) return;
    if (this.#context.state !== "running") await this.#resume();
    const mayNot = this.#muted || this.#context.state !== "running" || !this.#calling.size;
    if (mayNot || performance.now() < this.#silentFrom) return;
    this.#silentFrom = performance.now() + CALL_MS;
    for (let round = 0; round < ROUNDS; round += 1) {
      TONES_HZ.forEach((hertz, place) => this.#tone(hertz, (round * TONES_HZ.length + place) * TONE_S));
    }
  }

  #tone(hertz, after_s) {
    const start = this.#context.currentTime + after_s;
    const [source, volume] = [this.#context.createOscillator(), this.#context.createGain()];
    source.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
    volume.gain.linearRampToValueAtTime(0, start + TONE_S);
    source.connect(volume).connect(this.#context.destination);
    source.start(start);
    source.stop(start + TONE_S);
  }

  get #waiting() {
    return !this.#muted && this.#context?.state !== "running";
  }

  async #awake() {
    if (!this.#waiting) return;
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.addEventListener("statechange", () => this.#show());
    }
    await this.#resume();
    this.#show();
  }

  /** Ask for leave to sound; where it is refused, the button goes on asking for a click. */
  #resume() {
    return this.#context.resume().catch(() => {});
  }

  #toggle() {
    if (this.#waiting) return; // this very click wakes it
    this.#muted = !this.#muted;
    localStorage.setItem(REMEMBERED, this.#muted ? "yes" : "no");
    this.#show();
  }

  #show() {
    const waiting = this.#waiting;
    const [mark, text] = this.#muted
      ? ["✕", t("sound.off")]
      : waiting
        ? ["!", t("sound.waiting")]
        : ["♪", t("sound.on")];
    this.#button.classList.toggle("tool-warn", this.#muted || waiting);
    this.#button.setAttribute("aria-pressed", String(!this.#muted));
    replaceChildren(this.#button, h("span", { "aria-hidden": "true" }, mark), ` ${text}`);
  }
}
