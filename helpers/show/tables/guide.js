"use strict";
// The guide (helpers.claims.guide): asks, orders the rules that apply, writes the program.
// It decides as `Guide.advise` does; a test compares the two on every combination of answers.
(() => {
  const element = (kind, settings = {}) =>
    Object.assign(document.createElement(kind), settings);
  const fits = (when, choices) => when.every(([name, allowed]) => allowed.includes(choices[name]));

  const enhance = box => {
    box.dataset.ready = "yes";
    const { questions, parts, evidence, rules, code, strengths } = JSON.parse(box.dataset.guide);
    const proof = Object.fromEntries(evidence.map(one => [one.name, one])), selects = {};
    const bar = box.querySelector(".guide-questions"), said = box.querySelector("[role=status]");
    for (const { name, label, answers } of questions) {
      const control = selects[name] = element("select"), words = element("label");
      control.append(...answers.map(([value, text]) => element("option", { value, text })));
      control.addEventListener("input", update);
      words.append(label, control);
      bar.append(words);
    }
    for (const { library } of code) {
      const details = box.querySelector(`[data-library="${library}"]`);
      if (!details) continue;
      const button = element("button", { type: "button", textContent: "Copy" });
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(details.querySelector("code").textContent)
          .then(() => { button.textContent = "Copied"; },
                () => { button.textContent = "Mark the text and copy it"; });
      });
      details.append(button);
    }
    update();

    function strength(rule, answers) {
      const known = rule.evidence.map(name => proof[name]);
      if (known.some(one => one.state === "against")) return "contradicted";
      const favour = known.filter(one => one.state === "for");
      if (favour.some(one => fits(one.tested, answers))) return "direct";
      return favour.length ? "indirect" : rule.sources.length ? "literature" : "open";
    }

    function update() {
      const answers = {}, force = {}, spoken = [];
      for (const [name, select] of Object.entries(selects)) answers[name] = select.value;
      for (const [part, title] of parts) {
        const list = box.querySelector(`[data-part="${part}"] ul`), items = {};
        for (const item of list.children) items[item.dataset.rule] = item;
        const given = rules.map((rule, number) => ({ rule, number, grade: strength(rule, answers) }))
          .filter(({ rule }) => rule.part === part);
        const fitting = given.filter(({ rule }) => fits(rule.when, answers));
        fitting.sort((a, b) => !a.rule.sets.length - !b.rule.sets.length
          || strengths.indexOf(a.grade) - strengths.indexOf(b.grade)
          || b.rule.when.length - a.rule.when.length || a.number - b.number);
        for (const { number } of given) items[number].hidden = true;
        fitting.forEach(({ rule, number, grade }, place) => {
          const item = items[number], badge = item.querySelector(".strength");
          const differs = rule.sets.filter(([name, value]) => (force[name] ??= value) !== value);
          item.hidden = false;
          item.classList.toggle("first", place === 0);
          badge.textContent = badge.dataset.strength = grade;
          item.querySelector(".differs").textContent = !differs.length ? "" :
            grade === fitting[0].grade ? "Disagrees with the first; both are supported alike."
              : "Disagrees with the first, which is better supported.";
          list.append(item);
        });
        if (fitting.length) {
          const { rule, grade } = fitting[0];
          spoken.push(`${title}: ${rule.advice} (${grade})`);
        }
      }
      said.textContent = spoken.join("; ") + ".";
      const choices = { ...answers, ...force };
      for (const { library, pieces } of code) {
        const place = box.querySelector(`[data-library="${library}"] code`);
        if (!place) continue;
        const text = pieces.filter(([when]) => fits(when, choices)).map(([, piece]) => piece);
        place.textContent = text.join("").replace(/<(\w+)>/g, (_, name) => choices[name]);
      }
    }
  };

  document.querySelectorAll(".course-guide:not([data-ready])").forEach(enhance);
})();
