/** The panel of finished sets, newest first; each opens to what is known of its repetitions. */

import { element, reconcile, setText } from "./dom.js";
import { trackColor } from "./colors.js";
import {
  ago,
  cameraName,
  clockTime,
  doneName,
  exerciseName,
  halvesName,
  kilogramsName,
  numberName,
  percentName,
  rangeName,
  sidesName,
  speedName,
  tempoName,
} from "./names.js";

/** A shorter rest, in seconds, is not worth telling. */
const LEAST_REST = 5;
const COLUMNS = ["Rep", "Tempo", "Range", "Speed", "Sure"];

export class FinishedSets {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.hint = element("li", { className: "hint" }, "Finished sets are listed here.");
  }

  render() {
    const sets = this.store.finishedSets;
    if (sets.length) this.hint.remove();
    reconcile(this.list, sets, (set) => set.set_id, makeFinished, (node, set) => this.#write(node, set));
    if (!sets.length) this.list.replaceChildren(this.hint);
  }

  #write(node, set) {
    const { name, number, note, more } = node.parts;
    setText(name, exerciseName(set.exercise));
    setText(number, doneName(set));
    const length = clockTime((set.end - set.start) / 1e9);
    setText(note, `${cameraName(set.camera_id)} · ${length} · ${ago(this.store.age(set.camera_id, set.end))}`);
    setText(more, details(set).join(" · "));
    node.set = set;
    node.fill();
  }
}

/** What is worth telling of a set beside its count, as far as it is known. */
function details(set) {
  const rest = set.rest_before_seconds;
  return [
    set.volume_kg && `${kilogramsName(set.load_kg)}, ${kilogramsName(set.volume_kg)} in all`,
    sidesName(set.repetitions),
    set.halves && halvesName(set.halves),
    set.breaks && `${set.breaks} ${set.breaks === 1 ? "break" : "breaks"}`,
    rest >= LEAST_REST && `${clockTime(rest)} rest before`,
    set.corrected_from && `taken for ${exerciseName(set.corrected_from).toLowerCase()} first`,
  ].filter(Boolean);
}

function makeFinished(set) {
  const parts = {
    name: element("span", { className: "finished-name" }),
    number: element("strong", { className: "finished-number" }),
    note: element("span", { className: "finished-note" }),
    more: element("span", { className: "finished-more" }),
  };
  const table = element("table");
  const opened = element(
    "details",
    {},
    element("summary", {}, parts.name, parts.number, parts.note, parts.more),
    table,
  );
  const node = element("li", { className: "finished-set" }, opened);
  node.style.setProperty("--track", trackColor(set.camera_id, set.track_id));
  const fill = () => {
    if (opened.open) table.replaceChildren(...rows(node.set));
  };
  opened.addEventListener("toggle", fill);
  return Object.assign(node, { parts, set, fill });
}

function rows(set) {
  const row = (tag, cells) => element("tr", {}, ...cells.map((cell) => element(tag, {}, cell)));
  if (!set.repetitions.length) return [row("td", ["Nothing is known of single repetitions."])];
  const body = set.repetitions.map((rep) =>
    row("td", [
      numberName(rep),
      tempoName(rep.tempo),
      rangeName(rep),
      speedName(rep),
      percentName(rep.confidence),
    ]),
  );
  return [row("th", COLUMNS), ...body];
}
