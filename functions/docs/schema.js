// What values may be, as JSON Schema says it.

import { el, inline } from "./dom.js";
import { say } from "./texts.js";

let described;

/** Take the description of the API, which has what references name. */
export const describe = (document) => { described = document; };

/** What a reference stands for, with its name; anything else as it is. */
export function resolve(value) {
  if (!value?.$ref) return value;
  const parts = value.$ref.slice(2).split("/").map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
  return { ...parts.reduce((place, part) => place[part], described), refName: parts.at(-1) };
}

/** The type of a value in a few words. */
export function typeName(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return any.map(typeName).join(" | ");
  if (schema.type === "array") return say("list", { of: typeName(schema.items ?? {}) });
  return [schema.type ?? "object"].flat().map(say).join(" | ");
}

/** What a value is allowed to be, beside its type. */
export function limits(schema) {
  const said = [
    schema.enum && [`${say("oneOf")} `, schema.enum.map((each, place) => [place ? ", " : "", el("code", {}, String(each))])],
    schema.minimum !== undefined && say("from", { value: schema.minimum }),
    schema.maximum !== undefined && say("to", { value: schema.maximum }),
    schema.default !== undefined && say("usual", { value: JSON.stringify(schema.default) }),
  ].filter(Boolean).flatMap((each, place) => [place ? "; " : "", each]);
  return said.length ? ["(", said, ")"] : [];
}

const named = (schema) => [schema.$ref ? schema : null, ...(schema.anyOf ?? schema.oneOf ?? []).map(named), schema.items ? named(schema.items) : null].flat().filter(Boolean);

/** A table of the fields of an object; the objects in it are folded away, until they are wanted. */
export function fields(schema) {
  const { properties, required = [], description } = resolve(schema);
  if (!properties) return named(schema).map(folded);
  return [
    description ? el("p", {}, inline(description)) : null,
    el("dl", { class: "fields" }, Object.entries(properties).map(([name, each]) => [
      el("dt", {}, el("code", {}, name), el("small", {}, ` ${typeName(each)}`, required.includes(name) ? "" : " ?")),
      el("dd", {}, inline(each.description), " ", limits(each)),
    ])),
    [...new Map(Object.values(properties).flatMap(named).map((each) => [each.$ref, each])).values()].map(folded),
  ];
}

function folded(reference) {
  const details = el("details", { class: "inner", ontoggle: fill }, el("summary", {}, typeName(reference)));
  function fill() {
    details.removeEventListener("toggle", fill);
    details.append(...[fields(reference)].flat(Infinity).filter(Boolean));
  }
  return details;
}
