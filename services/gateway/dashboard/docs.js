/** The API's description as a page, made from openapi.json; nothing is fetched from elsewhere. */

import { element } from "./dom.js";

const page = document.getElementById("docs");

function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf || schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(typeName).join(" | ");
  if (schema.type === "array") return `[${typeName(schema.items) || "..."}]`;
  return schema.type ?? (schema.const === undefined ? "any" : JSON.stringify(schema.const));
}

function operation(method, path, described) {
  const body = element("div", {}, element("p", {}, described.description ?? ""));
  const list = element("dl");
  for (const parameter of described.parameters ?? []) {
    list.append(
      element("dt", {}, `${parameter.name} `, element("small", {}, `${parameter.in}, ${typeName(parameter.schema)}`)),
      element("dd", {}, parameter.description ?? ""),
    );
  }
  for (const [status, answer] of Object.entries(described.responses)) {
    const content = Object.entries(answer.content ?? {})[0];
    const kind = content ? `${typeName(content[1].schema) || content[0]}` : "";
    list.append(element("dt", {}, `${status} `, element("small", {}, kind)), element("dd", {}, answer.description ?? ""));
  }
  body.append(list);
  const summary = element(
    "summary",
    {},
    element("b", {}, method.toUpperCase()),
    element("code", {}, path),
    element("span", {}, described.summary ?? ""),
  );
  return element("details", {}, summary, body);
}

function model(name, schema) {
  const list = element("dl");
  for (const [field, described] of Object.entries(schema.properties ?? {})) {
    list.append(
      element("dt", {}, `${field} `, element("small", {}, typeName(described))),
      element("dd", {}, described.description ?? ""),
    );
  }
  const summary = element("summary", {}, element("code", {}, name), element("span", {}, schema.description ?? ""));
  return element("details", {}, summary, element("div", {}, list));
}

/** The protocol's text, with what stands in ``double`` or `single` backticks set off. */
function prose(text) {
  const parts = text.split(/``(.+?)``|`(.+?)`/s);
  return parts.map((part, index) => (index % 3 === 0 ? part : part && element("b", {}, part)) ?? "");
}

try {
  const api = await (await fetch("openapi.json")).json();
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(method, path, described)),
  );
  const models = Object.entries(api.components?.schemas ?? {}).map(([name, schema]) => model(name, schema));
  page.replaceChildren(
    element("h2", {}, "On request"),
    ...operations,
    element("h2", {}, "Live"),
    element("pre", {}, ...prose(api.info.description)),
    element("h2", {}, "What the answers hold"),
    ...models,
  );
} catch (error) {
  page.replaceChildren(element("p", {}, `The description cannot be read: ${error.message}`));
}
