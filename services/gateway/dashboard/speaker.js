/** Tells screen readers what happened: finished sets and advice; a count aloud at every repetition would be too much. */

import { cameraName, clockTime, exerciseName, repsName } from "./names.js";

export class Speaker {
  constructor(node, store) {
    store.addEventListener("set", ({ detail: set }) => {
      const done = set.reps ? repsName(set.reps) : clockTime(set.hold_seconds ?? 0);
      node.textContent = `${cameraName(set.camera_id)}: set finished, ${exerciseName(set.exercise)}, ${done}.`;
    });
    store.addEventListener("cue", ({ detail: cue }) => {
      node.textContent = `${cameraName(cue.camera_id)}: ${cue.message}`;
    });
  }
}
