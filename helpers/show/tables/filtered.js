
(() => {
  const options = OPTIONS;
  const box = document.getElementById(options.id);
  if (!box || box.dataset.ready) return;
  box.dataset.ready = "yes";
  const rows = [...box.querySelectorAll("tbody tr")], wanted = {};
  const bar = box.querySelector(".filtered-controls"), said = document.createElement("p");
  said.setAttribute("role", "status");
  said.setAttribute("aria-live", "polite");

  const add = (text, control) => {
    const label = document.createElement("label");
    label.append(text, control);
    bar.append(label);
    control.addEventListener("input", update);
    return control;
  };
  const element = (kind, settings) => Object.assign(document.createElement(kind), settings);
  const fits = (row, name, answer) => {
    const all = row.dataset[name];
    return !answer || !all || all.split(" ").includes(answer);
  };

  for (const { name, label, answers } of options.questions) {
    const select = add(label, document.createElement("select"));
    select.append(...answers.map(([value, text]) => element("option", { value, text })));
    wanted[name] = select;
  }
  const search = options.search && add(options.search, element("input", { type: "search" }));
  const all = options.oneEach && add(options.oneEach, element("input", { type: "checkbox" }));
  bar.append(said);
  update();

  function update() {
    const words = search ? search.value.toLowerCase().split(/\s+/) : [], filled = new Set();
    const chosen = rows.filter(row => {
      const text = row.textContent.toLowerCase(), { group } = row.dataset;
      const fitting = words.every(word => text.includes(word)) && !filled.has(group)
        && Object.entries(wanted).every(([name, select]) => fits(row, name, select.value));
      if (fitting && options.oneEach) filled.add(group);
      return fitting;
    });
    const showing = all && all.checked ? rows : chosen;
    rows.forEach(row => {
      row.hidden = !showing.includes(row);
      row.classList.toggle("chosen", showing !== chosen && chosen.includes(row));
    });
    const spoken = row => [...row.querySelectorAll("[data-says]")].map(c => c.dataset.says);
    said.textContent = options.oneEach
      ? chosen.map(row => spoken(row).join(": ")).join("; ") + "."
      : `${showing.length} of ${rows.length} ${options.noun} shown`;
  }
})();
