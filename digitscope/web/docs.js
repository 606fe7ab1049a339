/** docs: what the server understands, from its own description of itself. */
import { byId, make } from "./widgets/dom.js";

/**
 * @typedef {object} Operation
 * @property {string} [description]
 * @property {string} [summary]
 * @property {{name: string, required: boolean, description?: string}[]} [parameters]
 * @property {{content: Record<string, unknown>}} [requestBody]
 */

/** @param {string} path @param {string} method @param {Operation} about */
function example(path, method, about) {
  const kinds = Object.keys(about.requestBody?.content ?? {});
  const address = `${location.origin}${path}`;
  if (kinds.includes("image/png"))
    return `curl --data-binary @digit.png -H "content-type: image/png" ${address}`;
  if (kinds.includes("application/json"))
    return `curl -d '{}' -H "content-type: application/json" ${address}`;
  return method === "get" ? `curl ${address}` : `curl -X POST ${address}`;
}

/** @param {Operation} about */
function parameters({ parameters: all = [] }) {
  return all.map(({ name, required, description }) => {
    const words = description ? `: ${description}` : "";
    return make("li", {}, make("code", {}, name), required ? "" : " (may be left out)", words);
  });
}

/** @param {string} path @param {string} method @param {Operation} about */
function section(path, method, about) {
  return make(
    "section",
    {},
    make("h3", {}, make("code", {}, `${method.toUpperCase()} ${path}`)),
    make("p", {}, about.description ?? about.summary),
    make("ul", {}, ...parameters(about)),
    make("pre", {}, example(path, method, about)),
  );
}

async function start() {
  const answer = await fetch("openapi.json");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  /** @type {{paths: Record<string, Record<string, Operation>>}} */
  const { paths } = await answer.json();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, about] of Object.entries(methods))
      byId("paths").append(section(path, method, about));
}

start().catch(() => {
  const sentence = "The server doesn't say what it understands: is `digitscope serve` running?";
  byId("paths").append(make("p", { role: "alert" }, sentence));
});
