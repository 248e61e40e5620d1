/** The panels of sets: those going on, with their counts large, and those finished. */

import { element, pop, reconcile, setText } from "./dom.js";
import { trackColor } from "./colors.js";
import { ago, cameraName, clockTime, exerciseName, repsName, tally } from "./names.js";

const key = (set) => set.set_id;
const hint = (text) => element("li", { className: "hint" }, text);

/** Sets going on. */
export class LiveSets {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.hint = hint("Nobody is in a set right now.");
  }

  render() {
    const sets = this.store.liveSets;
    if (sets.length) this.hint.remove();
    reconcile(this.list, sets, key, makeLive, (node, set) => this.#write(node, set));
    if (!sets.length) this.list.replaceChildren(this.hint);
  }

  #write(node, set) {
    const [count, name, note, cue] = node.querySelectorAll("[data-part]");
    const number = tally(set);
    const before = count.textContent;
    setText(count, number);
    if (before !== "" && Number(number) > Number(before)) pop(count);
    setText(name, exerciseName(set.exercise));
    setText(note, `${cameraName(set.camera_id)} · ${clockTime(this.store.age(set.camera_id, set.start))}`);
    const last = set.cues.at(-1);
    setText(cue, last && this.store.age(set.camera_id, last.at) < 8 ? last.message : "");
  }
}

function makeLive(set) {
  const node = element(
    "li",
    { className: "live-set" },
    part("strong", "live-count"),
    element("div", {}, part("span", "live-name"), part("span", "live-note"), part("span", "live-cue")),
  );
  node.style.setProperty("--track", trackColor(set.camera_id, set.track_id));
  return node;
}

function part(tag, className) {
  const made = element(tag, { className });
  made.dataset.part = className;
  return made;
}

/** Sets finished lately, newest first. */
export class FinishedSets {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.hint = hint("Finished sets are listed here.");
  }

  render() {
    const sets = this.store.finishedSets;
    if (sets.length) this.hint.remove();
    reconcile(this.list, sets, key, makeFinished, (node, set) => this.#write(node, set));
    if (!sets.length) this.list.replaceChildren(this.hint);
  }

  #write(node, set) {
    const [name, number, note] = node.querySelectorAll("[data-part]");
    setText(name, exerciseName(set.exercise));
    setText(number, set.reps ? repsName(set.reps) : clockTime(set.hold_seconds));
    const length = clockTime((set.end - set.start) / 1e9);
    setText(note, `${cameraName(set.camera_id)} · ${length} · ${ago(this.store.age(set.camera_id, set.end))}`);
  }
}

function makeFinished(set) {
  const node = element(
    "li",
    { className: "finished-set" },
    part("span", "finished-name"),
    part("strong", "finished-number"),
    part("span", "finished-note"),
  );
  node.style.setProperty("--track", trackColor(set.camera_id, set.track_id));
  return node;
}
