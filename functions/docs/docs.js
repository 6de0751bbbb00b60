// The API's documentation: what `openapi.json` says, to read and to try.

import { el, inline, prose } from "./dom.js";
import { describe, fields, resolve } from "./schema.js";
import { lang, say } from "./texts.js";
import { code, form, keyField } from "./try.js";

const main = document.getElementById("docs");

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
  const { info, tags, paths, components } = document_;
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method, path, described })));
  main.replaceChildren(
    el("h1", {}, `${info.title} ${info.version}`),
    el("div", { lang: "es" }, el("p", { class: "lead" }, info.summary), prose(info.description)),
    ...(components.securitySchemes ? [keyField()] : []),
    el("h2", {}, say("routes")),
    ...tags.map(({ name, description }) => el("section", { lang: "es", "aria-labelledby": `tag-${name}` },
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

document.documentElement.lang = lang;
document.title = say("title");
for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
if (lang === "en") {
  for (const link of document.querySelectorAll("[data-page]")) link.href = `${link.dataset.page}?lang=en`;
  const other = document.getElementById("idioma");
  Object.assign(other, { href: "docs", lang: "es", textContent: "Español" });
}
window.addEventListener("hashchange", reveal);
main.replaceChildren(el("p", { role: "status" }, say("loading")));
try {
  const response = await fetch("openapi.json");
  show(await response.json());
} catch (error) {
  main.replaceChildren(el("p", { role: "alert" }, say("unreachable")));
  throw error;
}
