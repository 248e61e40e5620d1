/** What the dashboard asks of a person's counting. What comes of it is told over the WebSocket, to everybody. */

export const MOST_KILOGRAMS = 1000;

/** Count from 1 again: the set that they are in ends. */
export const resetCount = (person) => ask(person, "reset");

/** Say what they lift from now on. */
export const tellLoad = (person, kilograms) => ask(person, "load", { kilograms });

/** Resolves when the gateway has taken it; rejects with what is wrong, in words for people. */
async function ask({ camera_id: cameraId, track_id: trackId }, what, body) {
  const person = `api/v1/cameras/${encodeURIComponent(cameraId)}/tracks/${encodeURIComponent(trackId)}`;
  const answer = await fetch(`${person}/${what}`, {
    method: "POST",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new Error("Spotter does not answer. Try again in a moment.");
  });
  if (answer.ok) return;
  if (answer.status === 404) throw new Error("They are not in view any more.");
  const { detail } = await answer.json().catch(() => ({}));
  throw new Error(typeof detail === "string" ? detail : (detail?.[0]?.msg ?? `Spotter answered ${answer.status}.`));
}
