// A form to ask a route, and its answer as it came.

import { el, inline } from "./dom.js";
import { limits, resolve, typeName } from "./schema.js";
import { lang, say } from "./texts.js";

let key = "";
let base = "";

/** Take where the API is. */
export const server = (url) => { base = url.replace(/\/$/, ""); };

/** The field of the API's key, where the deployment asks for one. */
export const keyField = () => el("label", { class: "key" }, `${say("key")} `,
  el("input", { type: "text", autocomplete: "off", spellcheck: "false", oninput: ({ target }) => { key = target.value; } }));

/**
 * @param method, path  of the route, as the description has them
 * @param operation     what the description says of it
 */
export function form(method, path, operation) {
  const parameters = (operation.parameters ?? []).map(resolve).filter((each) => each.in !== "header");
  const [example] = Object.values(operation.requestBody?.content["application/json"].examples ?? {});
  const output = el("div", { class: "output", role: "status" });
  const first = (each) => (each.required ? Object.values(each.examples ?? {})[0]?.value : undefined);
  const inputs = new Map(parameters.map((each) => [each, el("input", {
    type: "text", name: each.name, required: each.required, value: first(each), autocomplete: "off", spellcheck: "false",
  })]));
  const body = example && el("textarea", { name: "body", rows: 8, spellcheck: "false", "aria-label": say("body") });
  if (body) body.value = JSON.stringify(example.value, null, 2);

  async function ask(event) {
    event.preventDefault();
    const query = new URLSearchParams();
    let filled = path;
    for (const [{ name, in: where }, { value }] of inputs) {
      if (where === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(value));
      else if (value) query.set(name, value);
    }
    const url = `${base}${filled}${query.size ? `?${query}` : ""}`;
    const headers = { ...(lang === "en" && { "Accept-Language": "en" }), ...(body && { "Content-Type": "application/json" }), ...(key && { "x-api-key": key }) };
    const start = performance.now();
    let shown;
    try {
      const response = await fetch(url, { method: method.toUpperCase(), headers, ...(body && { body: body.value }) });
      const text = await response.text();
      const ms = Math.round(performance.now() - start);
      shown = [el("p", {}, el("strong", {}, say("answered", { status: response.status, ms })), ` ${response.headers.get("X-Release") ?? ""}`), code(pretty(text))];
    } catch {
      shown = [el("p", {}, say("failed"))];
    }
    const options = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`).join("");
    const data = body ? ` -d '${body.value.replaceAll("'", "'\\''")}'` : "";
    output.replaceChildren(code(`curl '${url}'${options}${data}`), ...shown);
  }

  return el("form", { onsubmit: ask },
    el("dl", { class: "fields" }, [...inputs].map(([each, input]) => [
      el("dt", {}, el("label", {}, el("code", {}, each.name), el("small", {}, ` ${typeName(each.schema)}`, each.required ? ` ${say("required")}` : ""), input)),
      el("dd", {}, inline(each.description), " ", limits(each.schema)),
    ])),
    body,
    el("button", { type: "submit" }, say("send")),
    output);
}

export const code = (text) => el("pre", { tabindex: "0" }, el("code", {}, text));

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
