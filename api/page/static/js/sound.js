/** The sound of a new alarm: a two-tone call. Browsers allow it only after a key or click on the page. */

import { h, replaceChildren } from "./dom.js";
import { t } from "./i18n.js";

const REMEMBERED = "fire135.muted";
const TONES_HZ = [880, 660];
const TONE_S = 0.28;
const ROUNDS = 4;

export class Siren {
  #button;
  #context = null;
  #muted = localStorage.getItem(REMEMBERED) === "yes";

  /** `button` switches the sound off and on, and says how it stands. */
  constructor(button) {
    this.#button = button;
    button.addEventListener("click", () => this.#toggle());
    document.addEventListener("click", () => this.#awake());
    document.addEventListener("keydown", (event) => event.target !== button && this.#awake());
    this.#show();
  }

  /** Sound the call, unless muted or not yet allowed. */
  sound() {
    if (this.#muted || this.#context?.state !== "running") return;
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
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#show();
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
