/** Makes sure that the gateway lets this browser in: asks for the access token if it wants one. */

let asking = null;

/** Resolves when the gateway answers us; rejects when it cannot be reached. */
export async function ensureSession(dialog) {
  const answer = await fetch("api/v1/cameras", { cache: "no-store" });
  if (answer.ok) return;
  if (answer.status !== 401) throw new Error(`the gateway answered ${answer.status}`);
  asking ??= ask(dialog).finally(() => (asking = null));
  await asking;
}

function ask(dialog) {
  const form = dialog.querySelector("form");
  const wrong = dialog.querySelector(".wrong");
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const token = form.elements.token.value;
      try {
        const answer = await fetch("api/v1/session", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ token }),
        });
        if (answer.ok) {
          form.reset();
          dialog.close();
          resolve();
        } else {
          wrong.textContent = "That is not the token of this Spotter.";
        }
      } catch {
        wrong.textContent = "Spotter does not answer. Try again in a moment.";
      }
    };
  });
}
