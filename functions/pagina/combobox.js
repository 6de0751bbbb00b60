// A text field that suggests (ARIA's combobox with a list box): the focus stays in the field.

const PAUSE_MS = 120;

/**
 * @param input, list  the field and the list that it controls
 * @param suggest      (text, signal) → promise of [{ label, detail, … }]
 * @param choose       called with the suggestion that was chosen
 * @param report       called with the number of suggestions, with null, or with the error
 */
export function combobox(input, list, { suggest, choose, report }) {
  let options = [];
  let active = -1;
  let asking = null;
  let pause = 0;

  function close() {
    clearTimeout(pause);
    asking?.abort();
    list.hidden = true;
    options = [];
    activate(-1);
    input.setAttribute("aria-expanded", "false");
  }

  function activate(index) {
    active = index;
    [...list.children].forEach((item, place) => {
      item.setAttribute("aria-selected", String(place === index));
      if (place === index) item.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[index].id);
  }

  function show(found) {
    options = found;
    list.replaceChildren(
      ...found.map((option, index) => {
        const item = document.createElement("li");
        item.id = `sugerencia-${index}`;
        item.setAttribute("role", "option");
        const detail = document.createElement("small");
        detail.textContent = option.detail;
        item.append(option.label, " ", detail);
        // Before the field loses the focus, which would close the list.
        item.addEventListener("pointerdown", (event) => event.preventDefault());
        item.addEventListener("click", () => take(option));
        return item;
      }),
    );
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    activate(-1);
  }

  function take(option) {
    input.value = option.label;
    close();
    choose(option);
  }

  async function ask() {
    asking?.abort();
    const text = input.value.trim();
    if (!text) {
      close();
      report(null);
      return;
    }
    asking = new AbortController();
    const { signal } = asking;
    try {
      const found = await suggest(text, signal);
      // A late answer belongs to an earlier text.
      if (signal.aborted) return;
      show(found);
      report(found.length);
    } catch (error) {
      if (!signal.aborted) {
        close();
        report(error);
      }
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const last = options.length - 1;
    const open = !list.hidden;
    const moves = {
      ArrowDown: active < last ? active + 1 : 0,
      ArrowUp: active > 0 ? active - 1 : last,
      ...(active >= 0 ? { Home: 0, End: last } : {}),
    };
    if (open && event.key in moves) {
      event.preventDefault();
      activate(moves[event.key]);
    } else if (event.key === "ArrowDown") {
      ask();
    } else if (event.key === "Escape") {
      if (open) close();
      else input.value = "";
    } else if (event.key === "Enter" && open && active >= 0) {
      event.preventDefault();
      take(options[active]);
    }
  });

  return { ask, close };
}
