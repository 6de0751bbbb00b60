const SCALE = 2;

/** Draw a chart as it stands on the page, in the language that is chosen, and offer it as a file. */
async function save(part) {
  const drawn = [...part.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
  const { width, height } = drawn.viewBox.baseVal;
  const copy = drawn.cloneNode(true);
  copy.setAttribute("width", width * SCALE);
  copy.setAttribute("height", height * SCALE);
  const image = new Image();
  const text = new XMLSerializer().serializeToString(copy);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  const link = document.createElement("a");
  link.download = `${part.id}.png`;
  link.href = canvas.toDataURL("image/png");
  link.click();
}

for (const button of document.querySelectorAll(".downloads button")) {
  button.hidden = false;
  button.addEventListener("click", () => save(button.closest("article")));
}

/** Let the document, and the page and the API behind its links, speak the language chosen. */
function speak() {
  const english = document.getElementById("in-en").checked;
  document.documentElement.lang = english ? "en" : "es";
  for (const link of document.querySelectorAll(".others a")) link.search = english ? "lang=en" : "";
}

if (new URLSearchParams(location.search).get("lang") === "en") {
  document.getElementById("in-en").checked = true;
}
for (const choice of document.querySelectorAll("[name=language]")) choice.addEventListener("change", speak);
speak();
