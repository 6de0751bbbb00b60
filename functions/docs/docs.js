// The API's documentation: what its OpenAPI description says, to read and to try.

import { el, inline, prose } from "./dom.js";
import { describe, fields, resolve } from "./schema.js";
import { lang, say } from "./texts.js";
import { code, form, keyField, server } from "./try.js";

const main = document.getElementById("docs");
// The description in the page's language.
const source = document.querySelector("link[as=fetch]").href;

function operation(method, path, described) {
  const { operationId: id, summary, description } = described;
  const details = el("details", { class: "operation", id, ontoggle: fill },
    el("summary", {}, el("b", { class: method }, method.toUpperCase()), " ", el("code", {}, path), " ", el("span", {}, summary)));
  // What is folded away is made when it is opened: there is a lot.
  function fill() {
    details.removeEventListener("toggle", fill);
    const schema = described.requestBody?.content["application/json"].schema;
    details.append(...[
      prose(description),
      el("h4", {}, say("tryIt")),
      form(method, path, described),
      schema && [el("h4", {}, say("body")), fields(schema)],
      el("h4", {}, say("answers")),
      Object.entries(described.responses).map(([status, each]) => answer(status, resolve(each))),
    ].flat(Infinity).filter(Boolean));
  }
  return details;
}

function answer(status, { description, content = {} }) {
  return el("details", { class: "inner" },
    el("summary", {}, el("strong", {}, status), " ", inline(description)),
    Object.values(content).map(({ schema, examples = {} }) => [
      schema ? [el("h5", {}, say("fields")), fields(schema)] : null,
      Object.values(examples).map((each) => [
        el("h5", {}, `${say("example")}: ${each.summary}`),
        each.description ? el("p", {}, inline(each.description)) : null,
        code(JSON.stringify(each.value, null, 2)),
      ]),
    ]));
}

function show(document_) {
  describe(document_);
  const { info, tags, paths, components, servers } = document_;
  server(new URL(servers[0].url, source).href);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method, path, described })));
  main.replaceChildren(
    el("h1", {}, `${info.title} ${info.version}`),
    el("p", { class: "lead" }, info.summary),
    ...prose(info.description),
    ...(components.securitySchemes ? [keyField()] : []),
    el("h2", {}, say("routes")),
    ...tags.map(({ name, description }) => el("section", { "aria-labelledby": `tag-${name}` },
      el("h3", { id: `tag-${name}` }, name),
      el("p", {}, inline(description)),
      all.filter(({ described }) => described.tags.includes(name))
        .map(({ method, path, described }) => operation(method, path, described)))));
  reveal();
}

/** Open the operation that the address names. */
function reveal() {
  const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!asked?.matches("details")) return;
  asked.open = true;
  asked.scrollIntoView();
}

// What the page in English was called before it had an address of its own.
if (lang === "es" && new URLSearchParams(location.search).get("lang") === "en") location.replace(`docs/en${location.hash}`);
window.addEventListener("hashchange", reveal);
main.replaceChildren(el("p", { role: "status" }, say("loading")));
try {
  const response = await fetch(source);
  show(await response.json());
} catch (error) {
  main.replaceChildren(el("p", { role: "alert" }, say("unreachable")));
  throw error;
}
