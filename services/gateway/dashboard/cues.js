/** The panel of form cues: what people were told, newest first. */

import { element, reconcile, setText } from "./dom.js";
import { ago, cameraName, exerciseName } from "./names.js";

export class Cues {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.hint = element("li", { className: "hint" }, "Advice on form appears here.");
  }

  render() {
    const cues = this.store.cues;
    if (cues.length) this.hint.remove();
    reconcile(this.list, cues, (cue) => cue.key, makeCue, (node, cue) => this.#write(node, cue));
    if (!cues.length) this.list.replaceChildren(this.hint);
  }

  #write(node, cue) {
    const [message, note] = node.children;
    node.dataset.severity = cue.severity;
    setText(message, cue.message);
    const rep = cue.times > 1 ? ` · ${cue.times} times` : cue.rep === null ? "" : ` · rep ${cue.rep}`;
    const when = ago(this.store.age(cue.camera_id, cue.at));
    setText(note, `${when} · ${exerciseName(cue.exercise)}${rep} · ${cameraName(cue.camera_id)}`);
  }
}

function makeCue() {
  return element("li", { className: "cue" }, element("span"), element("span", { className: "cue-note" }));
}
