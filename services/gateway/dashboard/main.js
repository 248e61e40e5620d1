/** The dashboard: makes the panels, connects them to the store, and the store to the gateway. */

import { Connection } from "./connection.js";
import { Cues } from "./cues.js";
import { Floor } from "./floor.js";
import { Header } from "./header.js";
import { FinishedSets } from "./sets.js";
import { Now } from "./now.js";
import { ensureSession } from "./session.js";
import { Speaker } from "./speaker.js";
import { Store } from "./store.js";

const byId = (id) => document.getElementById(id);

const store = new Store();
const floor = new Floor(byId("floor"), byId("wall"), store);
const panels = [
  floor,
  new Header({ facts: byId("facts"), link: byId("link"), clock: byId("clock") }, store),
  new Now(byId("live"), store),
  new Cues(byId("cues"), store),
  new FinishedSets(byId("finished"), store),
];
new Speaker(byId("spoken"), store);

const connection = new Connection({
  allowed: () => ensureSession(byId("sign-in")),
  onState: (state) => store.link(state),
  onText: (message) => store.take(message),
  onPicture: (header, jpeg) => floor.picture(header, jpeg),
});

// Panels are drawn at most once per screen refresh, however many messages came.
let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const panel of panels) panel.render();
  });
}
store.addEventListener("change", schedule);
store.addEventListener("poses", (event) => floor.poses(event.detail));
setInterval(schedule, 1000);

// Nobody looks: ask for no pictures, but go on counting.
function watch() {
  connection.subscribe(document.hidden ? ["events", "cameras"] : ["pictures", "poses", "events", "cameras"]);
}
document.addEventListener("visibilitychange", watch);
watch();
connection.open();
schedule();
