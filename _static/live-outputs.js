"use strict";
// Second of three files that run the cells of a page on Binder: what outputs look like.
// They are drawn as the book's own are (booktools/figures.py, booktools/dataframes.py).
(() => {
const ANSI = /\x1b\[[0-9;?]*[ -\/]*[@-~]/g;  // colours of a terminal
const MOST = 50000;  // characters of a text that are kept: an endless loop must not fill the page
const RUNS = "script, iframe, frame, object, embed, link, meta, base";
const NUMBER = /^\s*([-−+]?(\d[\d,. ]*(e[-+]?\d+)?|∞|inf|nan)\s*[%×]?)?\s*([[(][-−+\d,. e∞%]+[\])])?\s*$|^[–—-]$/i;
let pictures = 0;

function element(tag, name, ...inside) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...inside);
  return made;
}

/** Set attributes. */
function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
}

/** Text in a box like the book's. */
function textBox(text, kind) {
  const pre = element("pre", "", text.replace(ANSI, "").slice(-MOST));
  return element("div", `output ${kind} notranslate`, element("div", "highlight", pre));
}

/**
 * Markup from the kernel as nodes that run nothing, with ids that nothing else on the page has. The
 * page's policy forbids its scripts as well; for an attribute the browser then says so as it reads.
 */
function foreign(markup) {
  const own = `live${pictures += 1}-`;
  for (const mark of [' id="', "url(#", 'href="#']) markup = markup.replaceAll(mark, mark + own);
  const read = new DOMParser().parseFromString(`<body>${markup}`, "text/html").body;
  for (const each of read.querySelectorAll(RUNS)) each.remove();
  for (const each of read.querySelectorAll("*")) {
    for (const {name, value} of [...each.attributes]) {
      if (/^on/i.test(name) || /^\s*javascript:/i.test(value)) each.removeAttribute(name);
    }
  }
  return [...read.childNodes].map(node => document.importNode(node, true));
}

/** In a table of pandas, put columns of numbers to the right. */
function align(table) {
  const rows = [...table.tBodies].flatMap(body => [...body.rows]);
  if (table.querySelector("[colspan], [rowspan]") || !rows.length) return;
  for (let column = 0; column < rows[0].cells.length; column += 1) {
    const texts = rows.map(row => row.cells[column].textContent);
    if (!texts.every(text => NUMBER.test(text)) || !texts.some(text => text.trim())) continue;
    for (const row of table.rows) row.cells[column].classList.add("number");
  }
}

/** One output in the best of its forms; null if it has none, as a number that is only stored. */
function drawn(data) {
  const words = [].concat(data["text/plain"] || "").join("");
  const alt = `Picture drawn by this cell. ${words || "It has no description."}`;
  if (data["image/svg+xml"]) {
    const box = element("div", "course-figure", ...foreign(data["image/svg+xml"]));
    set(box, {tabindex: 0, role: "group", "aria-label": "Figure"});
    const svg = box.querySelector("svg");
    if (svg) set(svg, {role: "img", "aria-label": svg.getAttribute("aria-label") || alt});
    return box;
  }
  for (const kind of ["image/png", "image/jpeg"]) {
    if (data[kind]) return element("div", "output", Object.assign(new Image(), {alt, src: `data:${kind};base64,${data[kind]}`}));
  }
  if (data["text/html"]) {
    const box = element("div", "output text_html", ...foreign(data["text/html"]));
    box.querySelectorAll("table.dataframe").forEach(align);
    if (box.querySelector(".rw-live")) {
      box.append(element("p", "live-said", "A still picture. The one that moves stands under “As stored”."));
    }
    return box;
  }
  return words ? textBox(words, "text_plain") : null;
}

Object.assign(Live, {ANSI, MOST, element, set, textBox, drawn});
})();
