/** Tells screen readers what happened: finished sets and advice; a count aloud at every repetition would be too much. */

import { cameraName, doneName, exerciseName } from "./names.js";

export class Speaker {
  constructor(node, store) {
    store.addEventListener("set", ({ detail: set }) => {
      node.textContent = `${cameraName(set.camera_id)}: set finished, ${exerciseName(set.exercise)}, ${doneName(set)}.`;
    });
    store.addEventListener("cue", ({ detail: cue }) => {
      node.textContent = `${cameraName(cue.camera_id)}: ${cue.message}`;
    });
  }
}
