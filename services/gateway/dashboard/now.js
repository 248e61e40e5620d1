/**
 * The panel of what is going on: for everybody in a set their count, large, and how they do it; for everybody between
 * two sets how long they have rested. Here the count is begun anew, and the load is told.
 */

import { MOST_KILOGRAMS, resetCount, tellLoad } from "./commands.js";
import { element, pop, reconcile, setText } from "./dom.js";
import { trackColor } from "./colors.js";
import { cameraName, clockTime, doneName, exerciseName, halvesName, howName, kilogramsName, tally } from "./names.js";

/** So many seconds after it was last lengthened a hold is in a break; it is lengthened every second. */
const BREAK = 2;
/** Seconds for which a cue is shown, or what was wrong with what was asked. */
const CUE_SHOWN = 8;

export class Now {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.hint = element("li", { className: "hint" }, "Nobody is in a set right now.");
  }

  render() {
    const people = this.store.active;
    if (people.length) this.hint.remove();
    const key = (person) => `${person.camera_id}/${person.track_id}`;
    reconcile(this.list, people, key, makeRow, (node, person) => this.#write(node, person));
    if (!people.length) this.list.replaceChildren(this.hint);
  }

  #write(node, person) {
    const set = person.current_set;
    const words = set ? this.#inSet(person, set) : this.#resting(person);
    const { count, name, note, how, cue, load, volume, reset } = node.parts;
    node.person = person;
    node.dataset.state = words.state;
    reset.hidden = !set;
    const before = count.textContent;
    setText(count, words.count);
    if (words.state === "set" && before !== "" && Number(words.count) > Number(before)) pop(count);
    setText(name, words.name);
    setText(note, words.note.filter(Boolean).join(" · "));
    setText(how, words.how ?? "");
    setText(volume, words.volume ? `${kilogramsName(words.volume)} in all` : "");
    const fault = performance.now() < node.faultUntil ? node.fault : "";
    setText(cue, fault || (person.hints?.[0]?.message ?? words.cue ?? ""));
    if (document.activeElement !== load && !node.telling) load.value = person.load_kg ?? "";
  }

  #inSet(person, set) {
    const age = (at) => this.store.age(set.camera_id, at);
    const held = set.hold_seconds !== null && !set.reps;
    const since = held ? age(set.hold_until) : 0;
    const last = set.cues.at(-1);
    return {
      state: held ? (since > BREAK ? "break" : "hold") : "set",
      count: tally(set),
      name: exerciseName(set.exercise),
      note: [
        cameraName(set.camera_id),
        held && since > BREAK ? `break, ${clockTime(since)}` : clockTime(age(set.start)),
        held && set.breaks ? `${set.breaks} ${set.breaks === 1 ? "break" : "breaks"}` : "",
        set.repetitions.at(-1)?.side,
        set.halves ? halvesName(set.halves) : "",
      ],
      how: howName(set.repetitions.at(-1)),
      volume: set.volume_kg,
      cue: last && age(last.at) < CUE_SHOWN ? last.message : "",
    };
  }

  #resting(person) {
    const last = this.store.lastSet(person);
    return {
      state: "rest",
      count: clockTime(this.store.age(person.camera_id, person.resting_since)),
      name: "Rest",
      note: [cameraName(person.camera_id), last ? `${exerciseName(last.exercise)}, ${doneName(last)}` : ""],
      volume: last?.volume_kg,
    };
  }
}

function makeRow(person) {
  const parts = {
    count: element("strong", { className: "live-count" }),
    name: element("span", { className: "live-name" }),
    note: element("span", { className: "live-note" }),
    how: element("span", { className: "live-how" }),
    cue: element("span", { className: "live-cue" }),
    volume: element("span", { className: "live-volume" }),
    load: element("input", { type: "number", min: 0, max: MOST_KILOGRAMS, step: "any", inputMode: "decimal" }),
    reset: element("button", { type: "button" }, "Reset"),
  };
  const { count, name, note, how, cue, load, volume, reset } = parts;
  // What is wrong is said in the row, not by the browser too.
  const label = element("label", {}, load, "kg");
  const asks = element("form", { className: "live-asks", noValidate: true }, label, volume, reset);
  const node = element("li", { className: "live-set" }, count, element("div", {}, name, note, how, cue), asks);
  const who = `of track ${person.track_id} at ${cameraName(person.camera_id)}`;
  load.setAttribute("aria-label", `Load ${who}, kilograms`);
  load.placeholder = "–";
  reset.setAttribute("aria-label", `Reset the count ${who}`);
  reset.title = "Count from 1 again";
  node.style.setProperty("--track", trackColor(person.camera_id, person.track_id));
  Object.assign(node, { parts, person, fault: "", faultUntil: 0, telling: false });

  const tell = async (asked) => {
    node.telling = true;
    try {
      await asked();
      node.fault = "";
    } catch (error) {
      node.fault = error.message;
      node.faultUntil = performance.now() + 1000 * CUE_SHOWN;
    }
    node.telling = false;
    setText(cue, node.fault);
  };
  reset.addEventListener("click", () => tell(() => resetCount(node.person)));
  load.addEventListener("change", () =>
    tell(async () => {
      if (!load.value && !load.validity.badInput) return;
      if (!load.validity.valid) throw new Error(`A load is between 0 and ${MOST_KILOGRAMS} kg.`);
      await tellLoad(node.person, load.valueAsNumber);
    }),
  );
  asks.addEventListener("submit", (event) => {
    event.preventDefault();
    load.blur();
  });
  return node;
}
