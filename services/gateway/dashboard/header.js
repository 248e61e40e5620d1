/** The bar at the top: people, cameras, connection, clock. */

import { element, setText } from "./dom.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class Header {
  constructor({ facts, link, clock }, store) {
    this.store = store;
    this.link = link;
    this.clock = clock;
    this.nouns = { people: element("dt"), cameras: element("dt") };
    this.people = element("dd");
    this.cameras = element("dd");
    facts.append(
      element("div", { id: "people" }, this.nouns.people, this.people),
      element("div", { id: "cameras" }, this.nouns.cameras, this.cameras),
    );
  }

  render() {
    const cameras = [...this.store.cameras.values()];
    const up = cameras.filter((camera) => camera.status === "online" || camera.status === "unknown").length;
    const present = this.store.present.length;
    setText(this.people, String(present));
    setText(this.nouns.people, present === 1 ? "Person" : "People");
    setText(this.cameras, up === cameras.length ? String(up) : `${up} of ${cameras.length}`);
    setText(this.nouns.cameras, cameras.length === 1 ? "Camera" : "Cameras");
    const now = new Date();
    setText(this.clock, TIME.format(now));
    this.clock.dateTime = now.toISOString();
    const { phase, retryAt } = this.store.connection;
    this.link.dataset.link = phase;
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
    const words = {
      live: "Connected",
      connecting: "Connecting",
      deaf: "Waiting for the other services",
      waiting: `Connection lost · again in ${seconds} s`,
    };
    setText(this.link, words[phase]);
    document.body.dataset.link = phase;
  }
}
