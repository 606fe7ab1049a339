/** docs: what the server understands, from its own description of itself. */
import { byId, make } from "./dom.js";

const { paths } = await (await fetch("openapi.json")).json();
const home = location.origin;

function example(path, method, about) {
  const kinds = Object.keys(about.requestBody?.content ?? {});
  const address = `${home}${path}`;
  if (kinds.includes("image/png")) return `curl --data-binary @digit.png -H "content-type: image/png" ${address}`;
  if (kinds.includes("application/json")) return `curl -d '{}' -H "content-type: application/json" ${address}`;
  return method === "get" ? `curl ${address}` : `curl -X POST ${address}`;
}

function parameters(about) {
  return (about.parameters ?? []).map((one) =>
    make("li", {}, make("code", {}, one.name), one.required ? "" : " (may be left out)", one.description ? `: ${one.description}` : ""),
  );
}

for (const [path, methods] of Object.entries(paths))
  for (const [method, about] of Object.entries(methods))
    byId("paths").append(
      make(
        "section",
        {},
        make("h3", {}, make("code", {}, `${method.toUpperCase()} ${path}`)),
        make("p", {}, about.description ?? about.summary),
        make("ul", {}, ...parameters(about)),
        make("pre", {}, example(path, method, about)),
      ),
    );
