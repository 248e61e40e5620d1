/** Ids and numbers in people's words. */

const EXERCISES = {
  unknown: "Unknown exercise",
  none: "No exercise",
  push_up: "Push-up",
  pull_up: "Pull-up",
  sit_up: "Sit-up",
  biceps_curl: "Biceps curl",
  romanian_deadlift: "Romanian deadlift",
  lat_pulldown: "Lat pulldown",
};

const CAUSES = {
  auth: "The camera refuses the user name or password",
  "not-found": "There is no such stream at this address",
  timeout: "The camera does not answer",
  codec: "The video cannot be decoded",
  network: "The network connection is broken",
  ended: "The video has ended",
  frozen: "The picture is frozen",
  dark: "The picture is black",
  blank: "Nothing can be seen in the picture",
};

const STATUSES = {
  online: "Live",
  connecting: "Connecting",
  stalled: "Stalled",
  offline: "Offline",
  disabled: "Switched off",
  unknown: "Unknown",
  lost: "Not connected",
};

const PACES = {
  slowed: { badge: "Live, slowed", note: "" },
  paused: {
    badge: "Live, not counting",
    note: "Too busy to watch this camera: nobody is counted here until there is time again.",
  },
};

const sentence = (id) => {
  const words = id.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const exerciseName = (id) => EXERCISES[id] ?? sentence(id);
export const cameraName = (id) => sentence(id);
export const statusName = (status) => STATUSES[status] ?? sentence(status);
/** What is said of a camera whose people are looked at less often, or not at all; undefined of all others. */
export const paceName = (pace) => PACES[pace];
export const causeName = (cause) => CAUSES[cause] ?? "No picture at the moment";

/** What somebody does who is in no set: words for the labels that are no exercise. */
export function activityName(label) {
  if (label === null || label === undefined) return "Watching";
  if (label === "none") return "Resting";
  if (label === "unknown") return "Moving";
  return exerciseName(label);
}

/** 75 -> "1:15" */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Seconds -> "just now", "40 s ago", "3 min ago" */
export function ago(seconds) {
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds / 5) * 5} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

export const repsName = (reps) => `${reps} ${reps === 1 ? "rep" : "reps"}`;
export const halvesName = (halves) => `${halves} half ${halves === 1 ? "rep" : "reps"}`;
export const kilogramsName = (kilograms) => `${Number(kilograms.toFixed(1)).toLocaleString()} kg`;
export const percentName = (share) => (typeof share === "number" ? `${Math.round(share * 100)} %` : "–");

/** [2.1, 0, 1.24, null] -> "2.1-0-1.2-?": seconds down, at the bottom, up, at the top, in the coaches' order. */
export const tempoName = (tempo) =>
  tempo ? tempo.map((seconds) => (seconds === null ? "?" : Number(seconds.toFixed(1)))).join("-") : "–";

/** How fast a repetition was at its fastest. */
export function speedName({ peak_speed: speed, speed_unit: unit }) {
  if (typeof speed !== "number") return "–";
  return unit === "m/s" ? `${speed.toFixed(1)} m/s` : `${Math.round(speed)} °/s`;
}

/** Which repetition it is, and of which side where that is known: "3", "3 left", "½ right". */
export const numberName = ({ number, half, side }) => [half ? "½" : number, side].filter(Boolean).join(" ");

/** How many repetitions a side did: "5 left, 4 right", "5 left"; "" where nobody trained one side at a time. */
export function sidesName(reps) {
  const done = (side) => reps.filter((rep) => rep.side === side && !rep.half).length;
  return ["left", "right"].filter(done).map((side) => `${done(side)} ${side}`).join(", ");
}

/** How far a repetition went; an exercise that is not known has no full range, and 0 of it is told. */
export const rangeName = (rep) => percentName(rep.range_of_motion || null);

/** How the last repetition was done, in a line; "" before there is one. */
export function howName(rep) {
  if (!rep) return "";
  const range = rep.range_of_motion && `range ${rangeName(rep)}`;
  const how = rep.half ? "half rep" : rep.tempo && `tempo ${tempoName(rep.tempo)}`;
  return [how, range].filter(Boolean).join(" · ");
}

/** What counts in a set: its repetitions, or the time that it was held. */
const counted = (set, reps) => (set.hold_seconds !== null && !set.reps ? clockTime(set.hold_seconds) : reps(set.reps));
export const tally = (set) => counted(set, String);

/** The same in words: "8 reps". */
export const doneName = (set) => counted(set, repsName);
