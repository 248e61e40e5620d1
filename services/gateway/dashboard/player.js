/**
 * One camera's picture with the skeletons of the very same frame on it.
 *
 * Pictures and poses come on their own; they belong together by frame_id and time. A decoded picture waits a moment for
 * its poses; newer pictures replace older ones, so that what is shown is never late.
 */

import { anchorOf, drawSkeleton } from "./skeleton.js";
import { trackColor } from "./colors.js";

const PATIENCE = 120;
const KEPT_POSES = 45;
const SHARPEST = 2;
const BLIND_AFTER = 1500;
const TINY = { width: 16, height: 9 };

const keyOf = (message) => `${message.frame_id}:${message.captured_at}`;

export class Player {
  /** `onShown` is told the poses of each drawn frame and where the picture lies, in CSS pixels. */
  constructor(canvas, onShown) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.tiny = new OffscreenCanvas(TINY.width, TINY.height).getContext("2d", { alpha: false });
    this.onShown = onShown;
    this.waiting = null;
    this.decoding = false;
    this.shown = null;
    this.next = null;
    this.posesByFrame = new Map();
    this.latestPoses = null;
    this.pictureAt = -Infinity;
    this.drawnPoses = null;
    this.stale = true;
    new ResizeObserver(() => (this.stale = true)).observe(canvas);
  }

  /** Take a picture; while one is being decoded only the newest waits. */
  picture(header, jpeg) {
    this.waiting = { header, jpeg };
    if (!this.decoding) this.#decode();
  }

  /** Take the poses of one frame. */
  poses(poses) {
    this.posesByFrame.set(keyOf(poses), poses);
    this.latestPoses = poses;
    if (this.posesByFrame.size > KEPT_POSES) this.posesByFrame.delete(this.posesByFrame.keys().next().value);
  }

  /** Draw if there is anything new; called at every screen refresh. */
  refresh(now) {
    if (this.next) {
      const poses = this.posesByFrame.get(keyOf(this.next.header));
      if (poses || now - this.next.at > PATIENCE) {
        this.shown?.bitmap.close();
        this.shown = this.next;
        this.next = null;
        this.#draw(poses ?? null);
        return;
      }
    } else if (now - this.pictureAt > BLIND_AFTER && this.latestPoses && this.latestPoses !== this.drawnPoses) {
      // A camera whose pictures are not to be shown: its people as skeletons on a plain ground.
      this.#draw(this.latestPoses);
      return;
    }
    if (this.stale) this.#draw(this.drawnPoses);
  }

  async #decode() {
    this.decoding = true;
    while (this.waiting) {
      const { header, jpeg } = this.waiting;
      this.waiting = null;
      try {
        const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
        this.next?.bitmap.close();
        this.next = { header, bitmap, at: performance.now() };
        this.pictureAt = this.next.at;
      } catch {
        // A broken JPEG: the next one is on its way.
      }
    }
    this.decoding = false;
  }

  /** Fill what the picture leaves free with its own colours, dim: drawn tiny, then large, which blurs it for nothing. */
  #glow(bitmap, width, height) {
    const { context } = this;
    this.tiny.drawImage(bitmap, 0, 0, TINY.width, TINY.height);
    const scale = Math.max(width / TINY.width, height / TINY.height);
    const [w, h] = [TINY.width * scale, TINY.height * scale];
    context.globalAlpha = 0.22;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.tiny.canvas, (width - w) / 2, (height - h) / 2, w, h);
    context.globalAlpha = 1;
  }

  #draw(poses) {
    const { canvas, context } = this;
    const ratio = Math.min(devicePixelRatio || 1, SHARPEST);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.stale = false;
    this.drawnPoses = poses;
    const blind = performance.now() - this.pictureAt > BLIND_AFTER && poses !== null;
    const size = this.shown && !blind ? this.shown.bitmap : (poses ?? { width: 16, height: 9 });
    const scale = Math.min(width / size.width, height / size.height);
    const area = {
      x: (width - size.width * scale) / 2,
      y: (height - size.height * scale) / 2,
      width: size.width * scale,
      height: size.height * scale,
    };
    context.fillStyle = "#07090d";
    context.fillRect(0, 0, width, height);
    if (this.shown && !blind) {
      if (area.x > 1 || area.y > 1) this.#glow(this.shown.bitmap, width, height);
      context.imageSmoothingQuality = "high";
      context.drawImage(this.shown.bitmap, area.x, area.y, area.width, area.height);
    }
    const people = poses?.people ?? [];
    for (const pose of people) drawSkeleton(context, pose.keypoints, area, trackColor(poses.camera_id, pose.track_id));
    this.onShown({
      people: people.map((pose) => {
        const anchor = anchorOf(pose);
        return {
          trackId: pose.track_id,
          x: (area.x + anchor.x * area.width) / ratio,
          y: (area.y + anchor.y * area.height) / ratio,
          left: (area.x + pose.box[0] * area.width) / ratio,
          right: (area.x + pose.box[2] * area.width) / ratio,
        };
      }),
      header: blind ? poses : this.shown?.header,
    });
  }
}
