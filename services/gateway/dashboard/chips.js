/** The labels that float over people's heads: exercise, how sure, and the count, large. */

import { calm, element, pop, setText } from "./dom.js";
import { trackColor } from "./colors.js";
import { activityName, exerciseName, tally } from "./names.js";

const GAP = 6;
const HEAD = 38;
const FOLLOW = 0.35;

export class Chips {
  constructor(layer, cameraId, store) {
    this.layer = layer;
    this.cameraId = cameraId;
    this.store = store;
    /** track_id -> {node, x, y, width, height} */
    this.chips = new Map();
    this.people = [];
  }

  /** Say who is in the drawn picture, and where, in CSS pixels of the layer. */
  place(people) {
    this.people = people;
    const there = new Set(people.map((person) => person.trackId));
    for (const [trackId, chip] of this.chips) {
      if (there.has(trackId)) continue;
      chip.node.remove();
      this.chips.delete(trackId);
    }
    for (const { trackId } of people) if (!this.chips.has(trackId)) this.#make(trackId);
  }

  /** Write the words. */
  render() {
    for (const [trackId, chip] of this.chips) this.#write(trackId, chip);
  }

  /** Move every chip a part of the way to where it belongs; called at every screen refresh. */
  refresh() {
    const bounds = { width: this.layer.clientWidth, height: this.layer.clientHeight };
    const placed = [];
    const order = [...this.people].sort((a, b) => a.y - b.y);
    for (const person of order) {
      const chip = this.chips.get(person.trackId);
      if (!chip) continue;
      chip.width ||= chip.node.offsetWidth;
      chip.height ||= chip.node.offsetHeight;
      const box = {
        x: clamp(person.x - chip.width / 2, GAP, bounds.width - chip.width - GAP),
        y: clamp(person.y - chip.height - 14, HEAD, bounds.height - chip.height - GAP),
        width: chip.width,
        height: chip.height,
      };
      for (const other of placed) if (overlap(box, other)) box.y = other.y + other.height + 3;
      box.y = clamp(box.y, GAP, bounds.height - chip.height - GAP);
      placed.push(box);
      const part = chip.x === null || calm.matches ? 1 : FOLLOW;
      chip.x = (chip.x ?? box.x) + (box.x - (chip.x ?? box.x)) * part;
      chip.y = (chip.y ?? box.y) + (box.y - (chip.y ?? box.y)) * part;
      chip.node.style.transform = `translate(${chip.x.toFixed(1)}px, ${chip.y.toFixed(1)}px)`;
    }
  }

  #make(trackId) {
    const parts = {
      count: element("strong", { className: "chip-count" }),
      name: element("span", { className: "chip-name" }),
      sure: element("span", { className: "chip-sure" }),
    };
    const node = element("div", { className: "chip" }, parts.count, element("div", {}, parts.name, parts.sure));
    node.dataset.track = trackId;
    node.style.setProperty("--track", trackColor(this.cameraId, trackId));
    const chip = { node, parts, x: null, y: null, width: 0, height: 0 };
    this.chips.set(trackId, chip);
    this.#write(trackId, chip);
    this.layer.append(node);
  }

  #write(trackId, chip) {
    const person = this.store.person(this.cameraId, trackId);
    const set = person?.current_set;
    const name = set ? exerciseName(set.exercise) : activityName(person?.label);
    const count = set ? tally(set) : "";
    const sure = set && typeof person.confidence === "number" ? `${Math.round(person.confidence * 100)} %` : "";
    const before = chip.parts.count.textContent;
    if (before === count && chip.parts.name.textContent === name && chip.parts.sure.textContent === sure) return;
    chip.node.classList.toggle("busy", Boolean(set));
    setText(chip.parts.name, name);
    setText(chip.parts.sure, sure);
    setText(chip.parts.count, count);
    if (before !== "" && Number(count) > Number(before)) pop(chip.parts.count);
    chip.width = chip.height = 0;
  }
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, Math.max(least, most)));

const overlap = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
