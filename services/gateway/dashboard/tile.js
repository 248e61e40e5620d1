/** One camera: its picture, its people's labels, how it is doing. */

import { Chips } from "./chips.js";
import { element, setText } from "./dom.js";
import { cameraName, causeName, paceName, statusName } from "./names.js";
import { Player } from "./player.js";

const CUE_SHOWN = 4500;

export class Tile {
  constructor(cameraId, store, onEnlarge) {
    this.cameraId = cameraId;
    this.store = store;
    this.latency = null;
    const name = cameraName(cameraId);
    this.parts = {
      canvas: element("canvas", { className: "tile-picture" }),
      chips: element("div", { className: "tile-chips" }),
      status: element("span", { className: "badge" }),
      figures: element("span", { className: "tile-figures" }),
      veil: element("div", { className: "tile-veil" }),
      cause: element("strong"),
      detail: element("span"),
      note: element("p", { className: "tile-note" }),
      cue: element("p", { className: "tile-cue" }),
      button: element("button", { className: "tile-enlarge", type: "button" }),
    };
    const { canvas, chips, status, figures, veil, cause, detail, note, cue, button } = this.parts;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Live picture of the camera ${name}`);
    button.setAttribute("aria-label", `Enlarge the camera ${name}`);
    button.addEventListener("click", () => onEnlarge(cameraId));
    veil.append(element("i", { className: "spinner" }), cause, detail);
    this.heading = element("h2", {}, name);
    this.node = element(
      "article",
      { className: "tile" },
      canvas,
      chips,
      veil,
      note,
      cue,
      element("header", { className: "tile-head" }, this.heading, status, figures),
      button,
    );
    this.node.dataset.camera = cameraId;
    this.chips = new Chips(chips, cameraId, store, () => this.#heads());
    this.player = new Player(canvas, ({ people, header }) => {
      this.chips.place(people);
      this.#late(header);
    });
    this.cueTimer = 0;
  }

  /** Draw what is new; called at every screen refresh. */
  refresh(now) {
    this.player.refresh(now);
    this.chips.refresh();
  }

  /** Write the words. */
  render({ enlarged }) {
    const camera = this.store.cameras.get(this.cameraId);
    const { status, figures, veil, cause, detail, note, button } = this.parts;
    const lost = this.store.connection.phase !== "live";
    const shown = this.player.shown !== null || this.player.drawnPoses !== null;
    // A camera that never said how it is but sends pictures is as good as online.
    const heard = camera.status === "unknown" && shown ? "online" : camera.status;
    const state = lost ? "lost" : heard;
    this.node.dataset.status = state;
    const pace = state === "online" ? paceName(camera.pace) : undefined;
    this.node.dataset.pace = pace ? camera.pace : "full";
    setText(status, pace?.badge ?? statusName(state));
    setText(note, pace?.note ?? "");
    note.hidden = !note.textContent;
    const late = this.latency === null ? "" : ` · ${Math.round(this.latency)} ms`;
    const night = camera.night ? " · infrared" : "";
    setText(figures, state === "online" && camera.fps ? `${Math.round(camera.fps)} fps${late}${night}` : "");
    const words = this.#words(state, camera, shown);
    veil.hidden = words === null;
    veil.classList.toggle("waiting", words?.waiting ?? false);
    setText(cause, words?.title ?? "");
    setText(detail, words?.text ?? "");
    button.setAttribute("aria-pressed", String(enlarged));
    this.chips.render();
  }

  /** Show what somebody was just told. */
  cue(event) {
    const { cue } = this.parts;
    setText(cue, event.message);
    cue.classList.add("shown");
    clearTimeout(this.cueTimer);
    this.cueTimer = setTimeout(() => cue.classList.remove("shown"), CUE_SHOWN);
  }

  /** Where name, badge and figures stand. */
  #heads() {
    return [this.heading, this.parts.status, this.parts.figures].map((node) => ({
      x: node.offsetLeft - 4,
      y: 0,
      width: node.offsetWidth + 8,
      height: node.offsetTop + node.offsetHeight + 4,
    }));
  }

  #words(state, camera, shown) {
    if (state === "offline" || state === "stalled") {
      const tries = camera.reconnects ? `Tried ${camera.reconnects} times.` : "";
      const title = camera.cause ? causeName(camera.cause) : state === "stalled" ? "No new pictures" : causeName();
      return { title, text: [camera.detail, tries].filter(Boolean).join(" ") };
    }
    if (state === "lost") return null;
    if (state === "disabled") return { title: "Switched off", text: camera.detail ?? "" };
    if (shown) return null;
    const title = state === "connecting" ? "Connecting to the camera" : "Waiting for the first picture";
    return { title, text: "", waiting: true };
  }

  #late(header) {
    if (!header) return;
    const late = Date.now() + this.store.connection.offset - header.captured_at / 1e6;
    // Files have times of their own, which say nothing about now.
    if (late < -500 || late > 60_000) this.latency = null;
    else this.latency = this.latency === null ? late : this.latency * 0.9 + Math.max(0, late) * 0.1;
  }
}
