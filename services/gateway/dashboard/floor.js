/** The wall of camera tiles: lays them out as large as they go, and enlarges one. */

import { element, reconcile } from "./dom.js";
import { cameraName } from "./names.js";
import { Tile } from "./tile.js";

const ASPECT = 16 / 9;
const GAP = 14;
const LEAST_SIDE = 21.5;
const NARROW = 860;

export class Floor {
  constructor(node, wall, store) {
    this.node = node;
    this.wall = wall;
    this.store = store;
    this.tiles = new Map();
    this.empty = element(
      "div",
      { className: "empty" },
      element("img", { src: "icon.svg", alt: "", width: 64, height: 64 }),
      element("h2"),
      element("p"),
    );
    new ResizeObserver(() => this.#layout()).observe(wall);
    addEventListener("hashchange", () => this.render());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#enlarged()) this.#enlarge(null);
    });
    store.addEventListener("cue", ({ detail }) => this.tiles.get(detail.camera_id)?.cue(detail));
    const refresh = (now) => {
      for (const tile of this.tiles.values()) tile.refresh(now);
      requestAnimationFrame(refresh);
    };
    requestAnimationFrame(refresh);
  }

  picture(header, jpeg) {
    this.#tile(header.camera_id)?.player.picture(header, jpeg);
  }

  poses(poses) {
    this.#tile(poses.camera_id)?.player.poses(poses);
  }

  /** Show a tile for every camera, or say why there is none. */
  render() {
    const enlarged = this.#enlarged();
    const ids = [...this.store.cameras.keys()].sort();
    for (const id of this.tiles.keys()) if (!this.store.cameras.has(id)) this.tiles.delete(id);
    for (const id of ids) this.#tile(id);
    const shown = enlarged ? [enlarged] : ids;
    const count = this.node.childElementCount;
    if (shown.length) {
      this.empty.remove();
      reconcile(this.node, shown, (id) => id, (id) => this.tiles.get(id).node, () => {});
      for (const id of shown) this.tiles.get(id).render({ enlarged: Boolean(enlarged) });
    } else {
      this.#sayEmpty();
    }
    this.wall.classList.toggle("enlarged", Boolean(enlarged));
    if (count !== this.node.childElementCount) this.#layout();
  }

  #tile(id) {
    if (!this.store.cameras.has(id)) return undefined;
    let tile = this.tiles.get(id);
    if (!tile) {
      tile = new Tile(id, this.store, (which) => this.#enlarge(this.#enlarged() ? null : which));
      this.tiles.set(id, tile);
    }
    return tile;
  }

  #sayEmpty() {
    const [, title, text] = this.empty.children;
    const live = this.store.connection.phase === "live";
    title.textContent = live ? "No cameras yet" : "Waiting for Spotter";
    text.textContent = live
      ? "As soon as a camera is started it appears here by itself."
      : "The connection is being made; nothing needs to be done.";
    if (this.node.firstElementChild !== this.empty) this.node.replaceChildren(this.empty);
  }

  /** The camera in the address (#camera=front), so that a screen on the wall can be pinned to one. */
  #enlarged() {
    const id = new URLSearchParams(location.hash.slice(1)).get("camera");
    return this.store.cameras.has(id) ? id : null;
  }

  #enlarge(id) {
    const from = this.#enlarged();
    history.replaceState(null, "", id ? `#${new URLSearchParams({ camera: id })}` : location.pathname);
    this.render();
    this.tiles.get(id ?? from)?.parts.button.focus({ preventScroll: true });
    document.title = id ? `${cameraName(id)} · Spotter` : "Spotter";
  }

  /** Choose the number of columns that makes the tiles largest beside a side panel that can still be read. */
  #layout() {
    const count = this.node.contains(this.empty) ? 1 : Math.max(1, this.node.childElementCount);
    const { clientWidth, clientHeight } = this.wall;
    const style = this.node.style;
    if (clientWidth < NARROW) {
      style.removeProperty("--columns");
      style.removeProperty("--tile");
      style.removeProperty("--row");
      return;
    }
    const side = LEAST_SIDE * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = { width: clientWidth - side - GAP * 3, height: clientHeight - GAP };
    let best = { columns: 1, width: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
      const rows = Math.ceil(count / columns);
      const width = Math.min(
        (room.width - GAP * (columns - 1)) / columns,
        ((room.height - GAP * (rows - 1)) / rows) * ASPECT,
      );
      if (width > best.width + 1) best = { columns, width };
    }
    style.setProperty("--columns", String(best.columns));
    style.setProperty("--tile", `${Math.floor(best.width)}px`);
    const rows = Math.ceil(count / best.columns);
    style.setProperty("--row", `${Math.floor((room.height - GAP * (rows - 1)) / rows)}px`);
  }
}
