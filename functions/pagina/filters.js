// The filters of lists and recommendations, folded away until somebody wants them.

import { el } from "./dom.js";
import { DECADES, MINUTES, NO_FILTERS, QUALITIES, USUAL_QUALITY, VOTES } from "./state.js";
import { genres, number, say, spoken, titled } from "./texts.js";

// The parts of the page whose filters are open: an answer that is renewed leaves them so.
const opened = new Set();

/**
 * @param part     of the page, where the filters are
 * @param listed   the kind of thing whose films are listed, where they are no recommendations
 */
export function filterPanel(part, state, go, listed = null) {
  const names = [
    ...state.genres.map((name) => titled("genero", name)),
    state.decade && `${state.decade}–${state.decade + 9}`,
    listed !== "pais" && state.country && spoken("país", state.country),
    listed !== "idioma" && state.language && spoken("idioma", state.language),
    state.votes && say("votesFrom", { n: number(state.votes) }),
    listed && state.minutes && say("minutesTo", { n: number(state.minutes) }),
    !listed && state.quality !== null && say(`quality_${QUALITIES.indexOf(state.quality)}`),
  ].filter(Boolean);
  const change = (values) => go.change({ ...values, page: null });
  const select = (key, label, options) => el("label", {}, `${say(label)} `,
    el("select", { "data-key": `${part}-${key}`, onchange: ({ target }) => change({ [key]: options[target.selectedIndex - 1]?.[0] ?? null }) },
      el("option", { value: "" }, say("any")),
      options.map(([value, name]) => el("option", { value, selected: value === state[key] }, name))));
  // Their names are asked for when the filters are opened.
  const named = (key, kind, label) => {
    const control = el("select", { "data-key": `${part}-${key}`, onchange: ({ target }) => change({ [key]: target.value || null }) });
    const show = (options) => control.replaceChildren(
      el("option", { value: "" }, say("any")),
      ...options.map(({ value, name }) => el("option", { value, selected: value === state[key] }, name)));
    const chosen = state[key] ? [{ value: state[key], name: state[key] }] : [];
    show(chosen);
    const load = async () => {
      const options = await go.namesOf(kind);
      show(options.some(({ value }) => value === state[key]) ? options : [...chosen, ...options]);
    };
    return { control: el("label", {}, `${say(label)} `, control), load };
  };
  const country = listed === "pais" ? null : named("country", "pais", "country");
  const language = listed === "idioma" ? null : named("language", "idioma", "language");
  const load = () => { country?.load(); language?.load(); };
  const open = opened.has(part);
  if (open) load();
  const toggle = ({ target }) => {
    if (target.open === opened.has(part)) return;
    if (target.open) { opened.add(part); load(); } else opened.delete(part);
  };
  const genreBox = ({ spanish, name }) => el("label", {},
    el("input", {
      type: "checkbox",
      "data-key": `${part}-genre-${spanish}`,
      checked: state.genres.includes(spanish),
      onchange: ({ target }) => change({
        genres: target.checked ? [...state.genres, spanish] : state.genres.filter((each) => each !== spanish),
      }),
    }),
    el("span", {}, name));
  return el("details", { class: "filters", open, ontoggle: toggle },
    el("summary", { "data-key": `${part}-filters` }, say("filters"),
      names.length ? el("b", {}, ` ${names.join(" · ")}`) : null),
    el("fieldset", { class: "kinds" }, el("legend", {}, say("genres")),
      genres().filter(({ name }) => listed !== "genero" || name !== titled("genero", state.name)).map(genreBox)),
    el("div", { class: "choices" },
      listed === "anio" ? null : select("decade", "years", DECADES.map((first) => [first, `${first}–${first + 9}`])),
      country?.control,
      language?.control,
      select("votes", "votesLabel", VOTES.map((n) => [n, say("votesFrom", { n: number(n) })])),
      listed ? select("minutes", "minutesLabel", MINUTES.map((n) => [n, say("minutesTo", { n: number(n) })])) : fame(part, state, change),
      names.length
        ? el("button", { type: "button", "data-key": `${part}-nofilters`, onclick: () => change(NO_FILTERS) }, say("noFilters")) : null));
}

/** From hidden gems to the well known. */
function fame(part, state, change) {
  const place = QUALITIES.indexOf(state.quality ?? USUAL_QUALITY);
  return el("label", { class: "fame" }, `${say("quality")} `,
    el("input", {
      type: "range", min: 0, max: QUALITIES.length - 1, step: 1, value: place,
      "data-key": `${part}-quality`,
      "aria-valuetext": say(`quality_${place}`),
      onchange: ({ target }) => {
        const quality = QUALITIES[target.value];
        change({ quality: quality === USUAL_QUALITY ? null : quality });
      },
    }),
    el("span", { class: "ends", "aria-hidden": "true" }, el("span", {}, say("quality_0")), el("span", {}, say("quality_4"))));
}
