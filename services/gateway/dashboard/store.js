/**
 * What the dashboard knows. The gateway says what follows from each event, so nothing is counted here: whatever comes is
 * taken over by id.
 *
 * Fires "change" when panels should be drawn again, "poses" for each frame, "rep", "cue" and "set" for what just happened.
 */

const MOST_CUES = 30;
const MOST_FINISHED = 40;
/** Seconds after which somebody who finished a set does something else than rest. */
export const LONGEST_REST = 900;

const worthTelling = (set) => set.end !== null && (set.reps > 0 || set.hold_seconds);

export class Store extends EventTarget {
  cameras = new Map();
  /** key(camera, track) -> person */
  people = new Map();
  /** set_id -> set */
  sets = new Map();
  connection = { phase: "connecting", retryAt: 0, offset: 0 };
  /** camera_id -> newest event time in ms, and when we heard it */
  #now = new Map();

  /** Note how the connection is. */
  link(state) {
    this.connection = { ...this.connection, ...state };
    this.#changed();
  }

  /** Take one message of the gateway. */
  take(message) {
    switch (message.type) {
      case "state":
        this.#state(message);
        break;
      case "event":
        this.#event(message);
        break;
      case "command":
        this.#person(message.person);
        break;
      case "camera":
        this.cameras.set(message.camera.camera_id, message.camera);
        break;
      case "poses":
        this.#poses(message.poses);
        return;
      default:
        return;
    }
    this.#changed();
  }

  person(cameraId, trackId) {
    return this.people.get(`${cameraId}/${trackId}`);
  }

  /** People in the newest pictures. */
  get present() {
    return [...this.people.values()].filter((person) => person.present);
  }

  /** People who are there and in a set, or between two; always in the same order, so that no button moves away. */
  get active() {
    const number = (person) => Number(person.track_id.slice(person.track_id.lastIndexOf("-") + 1)) || 0;
    return this.present
      .filter((person) => person.current_set || this.#rests(person))
      .sort((a, b) => a.camera_id.localeCompare(b.camera_id) || number(a) - number(b));
  }

  /** The last set that a person finished; one that ends where it starts was taken back. */
  lastSet(person) {
    return [...this.sets.values()]
      .filter((set) => set.track_id === person.track_id && set.camera_id === person.camera_id && set.end > set.start)
      .reduce((last, set) => (last && last.end > set.end ? last : set), null);
  }

  /** Finished sets that are worth telling, newest first. */
  get finishedSets() {
    return [...this.sets.values()]
      .filter(worthTelling)
      .sort((a, b) => this.age(a.camera_id, a.end) - this.age(b.camera_id, b.end))
      .slice(0, MOST_FINISHED);
  }

  /** Cues of all sets, newest first; what was said again in the same set stands once, with how often. */
  get cues() {
    const told = new Map();
    for (const cue of [...this.sets.values()].flatMap((set) => set.cues)) {
      const key = `${cue.set_id}/${cue.fault}`;
      told.set(key, { ...cue, key, times: (told.get(key)?.times ?? 0) + 1 });
    }
    return [...told.values()]
      .sort((a, b) => this.age(a.camera_id, a.at) - this.age(b.camera_id, b.at))
      .slice(0, MOST_CUES);
  }

  /** Seconds of event time since a moment (ns) in a camera's own time. */
  age(cameraId, at) {
    const now = this.#now.get(cameraId);
    if (!now) return 0;
    return Math.max(0, (now.event - at / 1e6 + (performance.now() - now.heard)) / 1000);
  }

  #state(message) {
    this.cameras.clear();
    this.people.clear();
    this.sets.clear();
    for (const { camera, people, sets } of message.boards) {
      this.cameras.set(camera.camera_id, camera);
      this.#tick(camera.camera_id, camera.now);
      for (const set of sets) this.sets.set(set.set_id, set);
      for (const person of people) this.#person(person);
    }
  }

  #event({ event, person, set }) {
    this.#tick(event.camera_id, event.captured_at);
    const before = set && this.sets.get(set.set_id);
    if (set) this.sets.set(set.set_id, set);
    this.#person(person);
    if (event.type === "rep" && set && set.reps > (before?.reps ?? 0)) this.#fire("rep", set);
    if (event.type === "form_cue" || (event.type === "placement_hint" && event.active)) this.#fire("cue", event);
    if (event.type === "set_ended" && set && worthTelling(set)) this.#fire("set", set);
    if (this.sets.size > 400) this.#forget();
  }

  #person(person) {
    const key = `${person.camera_id}/${person.track_id}`;
    if (person.present || person.current_set) this.people.set(key, person);
    else this.people.delete(key);
    if (person.current_set) this.sets.set(person.current_set.set_id, person.current_set);
  }

  #rests(person) {
    return Boolean(person.resting_since) && this.age(person.camera_id, person.resting_since) < LONGEST_REST;
  }

  #poses(poses) {
    this.#tick(poses.camera_id, poses.captured_at);
    const there = new Set(poses.people.map((pose) => pose.track_id));
    let changed = !this.cameras.has(poses.camera_id);
    for (const [key, person] of this.people) {
      if (person.camera_id !== poses.camera_id) continue;
      const present = there.delete(person.track_id);
      if (present === person.present) continue;
      changed = true;
      if (present || person.current_set) person.present = present;
      else this.people.delete(key);
    }
    for (const trackId of there) {
      changed = true;
      const person = { camera_id: poses.camera_id, track_id: trackId, label: null, current_set: null, hints: [] };
      this.#person({ ...person, present: true });
    }
    if (!this.cameras.has(poses.camera_id)) {
      this.cameras.set(poses.camera_id, { camera_id: poses.camera_id, status: "unknown", detail: "", fps: 0 });
    }
    this.#fire("poses", poses);
    if (changed) this.#changed();
  }

  #tick(cameraId, at) {
    const event = at / 1e6;
    const now = this.#now.get(cameraId);
    if (!now || event > now.event) this.#now.set(cameraId, { event, heard: performance.now() });
  }

  #forget() {
    const live = this.present.map((person) => person.current_set).filter(Boolean);
    const kept = new Set([...this.finishedSets, ...live].map((set) => set.set_id));
    for (const id of this.sets.keys()) if (!kept.has(id)) this.sets.delete(id);
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
