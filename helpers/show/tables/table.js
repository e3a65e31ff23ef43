"use strict";
// Sorting, filtering and choosing rows for every table of the page (helpers.show.table).
(() => {
  const element = (kind, settings = {}) =>
    Object.assign(document.createElement(kind), settings);

  const enhance = box => {
    box.dataset.ready = "yes";
    const { questions, search, status, oneEach } = JSON.parse(box.dataset.options);
    const body = box.querySelector("tbody"), rows = [...body.rows], selects = {};
    const bar = box.querySelector(".course-table-controls"), said = element("p");
    said.setAttribute("role", "status");
    said.setAttribute("aria-live", "polite");

    const add = (text, control) => {
      const label = element("label");
      label.append(text, control);
      bar.append(label);
      control.addEventListener("input", update);
      return control;
    };
    for (const { name, label, answers } of questions) {
      selects[name] = add(label, element("select"));
      selects[name].append(...answers.map(([value, text]) => element("option", { value, text })));
    }
    const field = search && add(search, element("input", { type: "search" }));
    const every = oneEach && add(oneEach, element("input", { type: "checkbox" }));
    bar.append(said);
    if (!oneEach) makeSortable(box.querySelector("thead tr"), body, rows);
    update();

    function fits(row) {
      return Object.entries(selects).every(([name, select]) => {
        const allowed = row.getAttribute(`data-fits-${name}`);
        return !select.value || !allowed || allowed.split(" ").includes(select.value);
      });
    }

    function update() {
      const words = field ? field.value.toLowerCase().split(/\s+/) : [], filled = new Set();
      const chosen = rows.filter(row => {
        const text = row.textContent.toLowerCase(), { group } = row.dataset;
        const fitting = words.every(word => text.includes(word)) && !filled.has(group) && fits(row);
        if (fitting && oneEach) filled.add(group);
        return fitting;
      });
      const showing = every && every.checked ? rows : chosen;
      for (const row of rows) {
        row.hidden = !showing.includes(row);
        row.classList.toggle("chosen", showing !== chosen && chosen.includes(row));
      }
      const spoken = row => [...row.querySelectorAll("[data-says]")].map(c => c.dataset.says);
      said.textContent = oneEach
        ? chosen.map(row => spoken(row).join(": ")).join("; ") + "."
        : status.replace("{shown}", showing.length).replace("{all}", rows.length);
    }
  };

  const makeSortable = (head, body, rows) => {
    head.classList.add("sorts");
    const heads = [...head.cells];
    const key = (row, column) => {
      const cell = row.cells[column], { number, sort } = cell.dataset;
      return number === undefined ? sort ?? cell.textContent : parseFloat(number);
    };
    const none = value => value === "" || Number.isNaN(value);  // always last
    const compare = (a, b, sign) => {
      if (none(a) || none(b)) return none(a) - none(b);
      if (typeof a === "number") return a === b ? 0 : sign * (a < b ? -1 : 1);
      return sign * a.localeCompare(b, document.documentElement.lang || "en");
    };
    heads.forEach((cell, column) => {
      const button = element("button", { type: "button", textContent: cell.textContent });
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const sign = cell.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach(other => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
        body.append(...[...rows].sort((a, b) => compare(key(a, column), key(b, column), sign)));
      });
    });
  };

  document.querySelectorAll(".course-table:not([data-ready])").forEach(enhance);
})();
