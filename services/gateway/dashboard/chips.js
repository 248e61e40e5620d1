/** The labels that float over people's heads: exercise, how sure, and the count, large. */

import { calm, element, pop, setText } from "./dom.js";
import { trackColor } from "./colors.js";
import { activityName, clockTime, exerciseName, percentName, tally } from "./names.js";
import { LONGEST_REST } from "./store.js";

const GAP = 6;
const FOLLOW = 0.35;
const HEAD = 30;
const SHIFTS = [0, -0.35, 0.35];

export class Chips {
  /** `obstacles` gives the rectangles of the layer that labels must leave free. */
  constructor(layer, cameraId, store, obstacles) {
    this.obstacles = obstacles;
    this.bounds = { width: 0, height: 0 };
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
    if (bounds.width !== this.bounds.width) for (const chip of this.chips.values()) chip.width = chip.height = 0;
    this.bounds = bounds;
    const taken = this.obstacles();
    const order = [...this.people].sort((a, b) => a.y - b.y);
    for (const person of order) {
      const chip = this.chips.get(person.trackId);
      if (!chip) continue;
      chip.width ||= chip.node.offsetWidth;
      chip.height ||= chip.node.offsetHeight;
      const box = this.#place(person, chip, taken);
      taken.push(box);
      const part = chip.x === null || calm.matches ? 1 : FOLLOW;
      chip.x = (chip.x ?? box.x) + (box.x - (chip.x ?? box.x)) * part;
      chip.y = (chip.y ?? box.y) + (box.y - (chip.y ?? box.y)) * part;
      chip.node.style.transform = `translate(${chip.x.toFixed(1)}px, ${chip.y.toFixed(1)}px)`;
    }
  }

  /** Over the head; where there is no room, beside it, so that no face is covered. */
  #place(person, { width, height }, taken) {
    const put = (x, y) => ({
      x: clamp(x, GAP, this.bounds.width - width - GAP),
      y: clamp(y, GAP, this.bounds.height - height - GAP),
      width,
      height,
    });
    const free = (box) => !taken.some((other) => overlap(box, other));
    for (const shift of SHIFTS) {
      const above = put(person.x + (shift - 0.5) * width, person.y - height - GAP);
      if (free(above) && above.y + height <= person.y + GAP) return above;
    }
    // To the side with fewer other labels and heads in the way.
    const heads = this.people.filter((one) => one !== person).map((one) => headOf(one));
    const inTheWay = (box) => [...taken, ...heads].filter((other) => overlap(box, other)).length;
    const right = put(person.right + GAP, person.y);
    const left = put(person.left - width - GAP, person.y);
    const beside = inTheWay(right) <= inTheWay(left) ? right : left;
    for (const other of taken) if (overlap(beside, other)) beside.y = other.y + other.height + 3;
    return beside;
  }

  #make(trackId) {
    const parts = {
      count: element("strong", { className: "chip-count" }),
      name: element("span", { className: "chip-name" }),
      sure: element("span", { className: "chip-sure" }),
      hint: element("span", { className: "chip-hint" }),
    };
    const words = element("div", {}, parts.name, parts.sure, parts.hint);
    const node = element("div", { className: "chip" }, parts.count, words);
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
    const since = set || !person?.resting_since ? null : this.store.age(this.cameraId, person.resting_since);
    const rest = since === null || since > LONGEST_REST ? "" : `rest ${clockTime(since)}`;
    const sure = typeof set?.confidence === "number" ? percentName(set.confidence) : rest;
    const hint = person?.hints?.[0]?.message ?? "";
    const { parts } = chip;
    const before = parts.count.textContent;
    const said = [parts.name, parts.sure, parts.count, parts.hint].map((part) => part.textContent);
    if (said.join("/") === [name, sure, count, hint].join("/")) return;
    chip.node.classList.toggle("busy", Boolean(set));
    setText(parts.name, name);
    setText(parts.sure, sure);
    setText(parts.count, count);
    setText(parts.hint, hint);
    if (before !== "" && Number(count) > Number(before)) pop(chip.parts.count);
    chip.width = chip.height = 0;
  }
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, Math.max(least, most)));

const headOf = ({ x, y }) => ({ x: x - HEAD / 2, y, width: HEAD, height: HEAD });

const overlap = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
