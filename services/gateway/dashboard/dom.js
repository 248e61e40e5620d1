/** The few things about the page that every panel needs. */

/** Make an element: `element("p", { className: "x" }, "text", child)`. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Set text only if it changed, so that nothing is laid out again for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Make a list show these items in this order, keeping the element of each key. What stays is not moved for what goes: an
 * element that is moved loses the focus, and with it what was being typed.
 */
export function reconcile(list, items, key, make, update) {
  const wanted = new Set(items.map(key));
  for (const child of [...list.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const id = key(item);
    let child = old.get(id);
    if (!child) {
      child = make(item);
      child.dataset.key = id;
    }
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
    update(child, item);
  }
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** A short pop, for numbers that have just gone up. */
export function pop(node) {
  if (calm.matches) return;
  node.animate(
    [
      { transform: "scale(1)" },
      { transform: "scale(1.32)", offset: 0.25, easing: "ease-out" },
      { transform: "scale(0.97)", offset: 0.65 },
      { transform: "scale(1)" },
    ],
    { duration: 420, easing: "ease-in-out" },
  );
}
