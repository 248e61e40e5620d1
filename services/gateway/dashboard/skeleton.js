/** Draws one person's skeleton. Rows are x, y, z, visibility in BlazePose's order, normalised to the picture. */

const BONES = [
  [11, 12], [23, 24], [11, 23], [12, 24],
  [11, 13], [13, 15], [12, 14], [14, 16],
  [23, 25], [25, 27], [24, 26], [26, 28],
  [27, 31], [28, 32], [15, 19], [16, 20],
];
const JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];
const SEEN = 0.3;
const CLEAR = 0.7;

/** Draw into `context`; `area` is where the picture lies, in canvas pixels. */
export function drawSkeleton(context, rows, area, color) {
  const points = rows.map(([x, y, , visibility]) => ({
    x: area.x + x * area.width,
    y: area.y + y * area.height,
    alpha: Math.min(1, Math.max(0, (visibility - SEEN) / (CLEAR - SEEN))),
  }));
  const size = reach(points);
  const width = Math.min(Math.max(size * 0.0135, 1.6), 8);
  const head = headOf(points);
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  // A dark edge first, so that the lines stand out from any clothes.
  for (const [stroke, extra, strength] of [["rgb(5 8 12)", width * 0.9, 0.55], [color, 0, 1]]) {
    context.strokeStyle = stroke;
    context.lineWidth = width + extra;
    for (const [from, to] of BONES) line(context, points[from], points[to], strength);
    if (head) ring(context, head, strength);
  }
  for (const index of JOINTS) dot(context, points[index], width * 0.78);
  context.restore();
}

function line(context, from, to, strength) {
  context.globalAlpha = Math.min(from.alpha, to.alpha) * strength;
  if (context.globalAlpha < 0.03) return;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

function ring(context, head, strength) {
  context.globalAlpha = head.alpha * strength;
  context.beginPath();
  context.arc(head.x, head.y, head.radius, 0, 2 * Math.PI);
  context.stroke();
}

function dot(context, point, radius) {
  if (point.alpha < 0.03) return;
  context.globalAlpha = point.alpha;
  context.fillStyle = "#fff";
  context.beginPath();
  context.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** The head as a circle around nose and ears, its size from the shoulders when seen from the side. */
function headOf(points) {
  const [nose, left, right] = [points[0], points[7], points[8]];
  const ears = Math.hypot(left.x - right.x, left.y - right.y);
  const face = Math.hypot(nose.x - (left.x + right.x) / 2, nose.y - (left.y + right.y) / 2);
  const x = (nose.x + left.x + right.x) / 3;
  const y = (nose.y + left.y + right.y) / 3;
  const alpha = (nose.alpha + left.alpha + right.alpha) / 3;
  const radius = Math.max(ears * 0.72, face * 1.15);
  return radius > 2 && alpha > 0.05 ? { x, y, radius, alpha } : null;
}

/** How large the person is in the picture, pixels: shoulders to hips and to ankles, whichever way they lie. */
function reach(points) {
  const middle = (a, b) => ({ x: (points[a].x + points[b].x) / 2, y: (points[a].y + points[b].y) / 2 });
  const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
  const hips = middle(23, 24);
  return distance(middle(11, 12), hips) * 2.6 + distance(points[11], points[12]) * 0.4;
}

/** The crown of the head and the person's middle, normalised: where a label belongs. */
export function anchorOf(pose) {
  const [nose, shoulders] = [pose.keypoints[0][1], (pose.keypoints[11][1] + pose.keypoints[12][1]) / 2];
  // From nose to crown is about half as far as from nose to shoulders; nothing for people who lie or hang head down.
  const crown = nose - Math.max(0, shoulders - nose) * 0.55;
  const [left, top, right] = pose.box;
  return { x: (left + right) / 2, y: Math.min(crown, top + 0.02) };
}
