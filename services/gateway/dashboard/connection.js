/**
 * The WebSocket to the gateway: opens, subscribes, and opens again with growing pauses when it breaks.
 *
 *   connecting --hello--> live --closed or silent--> waiting --pause over--> connecting
 *                          ^ |
 *                          '-'--pong--> deaf: connected to a gateway that hears nothing itself
 */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const PING_EVERY = 4_000;
const SILENCE = 12_000;

export class Connection {
  /** Callbacks: `allowed` resolves when the user may connect, `onState` gets some of {phase, retryAt, offset}. */
  constructor({ allowed, onState, onText, onPicture }) {
    this.allowed = allowed;
    this.onState = onState;
    this.onText = onText;
    this.onPicture = onPicture;
    this.kinds = [];
    this.pause = FIRST_PAUSE;
    this.socket = null;
    this.heard = 0;
    this.best = Infinity;
    this.offset = 0;
    this.timer = 0;
    setInterval(() => this.#check(), PING_EVERY);
    addEventListener("online", () => this.#now());
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
  }

  subscribe(kinds) {
    this.kinds = kinds;
    this.#send({ type: "subscribe", cameras: "*", kinds });
  }

  async open() {
    this.onState({ phase: "connecting" });
    try {
      await this.allowed();
    } catch {
      this.#later();
      return;
    }
    const url = new URL("ws", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    this.heard = performance.now();
    socket.onmessage = ({ data }) => {
      this.heard = performance.now();
      if (typeof data === "string") this.#text(JSON.parse(data));
      else this.#picture(data);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.#later();
    };
  }

  #text(message) {
    if (message.type === "hello") {
      this.pause = FIRST_PAUSE;
      this.best = Infinity;
      this.onState({ phase: "live" });
      this.subscribe(this.kinds);
      this.#ping();
    } else if (message.type === "pong") {
      this.onState({ phase: message.ready ? "live" : "deaf" });
      // Cristian's algorithm: of all answers the fastest tells the server's clock best.
      const trip = performance.now() - message.id;
      if (trip > this.best) return;
      this.best = trip;
      this.offset = message.server_time / 1e6 + trip / 2 - Date.now();
      this.onState({ offset: this.offset });
    } else {
      this.onText(message);
    }
  }

  #picture(data) {
    const length = new DataView(data).getUint32(0);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    this.onPicture(header, new Uint8Array(data, 4 + length));
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #ping() {
    this.#send({ type: "ping", id: performance.now() });
  }

  #check() {
    if (this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heard > SILENCE) {
      // The other end vanished without a word: a browser would notice only after minutes.
      const silent = this.socket;
      this.#later();
      silent.close();
    } else {
      this.#ping();
    }
  }

  #later() {
    this.socket = null;
    const pause = this.pause * (0.75 + Math.random() / 2);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    this.onState({ phase: "waiting", retryAt: Date.now() + pause });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), pause);
  }

  #now() {
    if (this.socket || !this.timer) return;
    clearTimeout(this.timer);
    this.open();
  }
}
