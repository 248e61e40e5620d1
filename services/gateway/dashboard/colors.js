/** A colour for each track, told apart easily on a dark ground; the same everywhere on the page. */

const PALETTE = ["#4fe0c0", "#7cb7ff", "#ffc15e", "#ff8fa8", "#b9a0ff", "#b8e466", "#ffa36b", "#6fdcf0"];

/** The colour of a track: tracks of one camera are numbered, so neighbours differ. */
export function trackColor(cameraId, trackId) {
  const number = Number(trackId.slice(trackId.lastIndexOf("-") + 1)) || 0;
  let shift = 0;
  for (const letter of cameraId) shift = (shift * 31 + letter.codePointAt(0)) % 997;
  return PALETTE[(number + shift) % PALETTE.length];
}
