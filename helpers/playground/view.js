// ---- What stands on the page, and how it is drawn; clicks are the page's business ----
(() => {
"use strict";

const PACES = {2: "2 steps a second", 10: "10 steps a second", 40: "40 steps a second", 0: "as fast as it can"};
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const FRAME = 10;  // milliseconds of drawing in one frame; the rest waits for the next

class View {
  /** `page` has a method for each button, and `shown`: the sides to be drawn. */
  constructor(root, id, page) {
    Object.assign(this, {root, id, page, parts: {}, buttons: {}, stale: new Set(), drawnAt: -Infinity});
    this.build();
    this.say = Playground.announcer(this.parts.live);
    new ResizeObserver(() => this.drawAll()).observe(root);
    new MutationObserver(() => { this.ramps = null; this.drawAll(); }).observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme"]});
  }

  build() {
    const {make} = Playground.drawing, {page, id} = this;
    const part = (key, tag, attributes, ...children) => this.parts[key] = make(tag, attributes, ...children);
    const button = (key, text, title, kind = "") =>
      this.buttons[key] = make("button", {type: "button", class: `pg-button${kind}`, title, onclick: () => page[key]()}, text);
    const plot = key => part(key, "div", {class: "pg-plot"});
    const canvas = (key, title) => make("figure", {class: "pg-heat"}, make("figcaption", {}, title, part(`${key}Scale`, "span", {class: "pg-scale"})),
      part(key, "canvas", {role: "img", "aria-label": title}));

    const titles = {free: "Free play"};
    Object.entries(Playground.experiments.EXPERIMENTS).forEach(([name, {title}], i) => { titles[name] = `${i + 1} ${title}`; });
    this.tabs = Object.fromEntries(Object.entries(titles).map(([name, title]) =>
      [name, make("button", {type: "button", class: "pg-tab", "aria-pressed": "false", onclick: () => page.choose(name)}, title)]));
    this.form = Playground.form.form(id, settings => page.change(settings));
    this.pace = make("select", {id: `${id}-pace`, onchange: () => page.changePace()},
      ...Object.entries(PACES).map(([value, text]) => make("option", {value, selected: value === "40"}, text)));
    this.watcher = make("select", {id: `${id}-watch`, onchange: () => page.watch(this.watcher.value)});

    this.root.replaceChildren(
      make("div", {class: "pg-tabs", role: "group", "aria-label": "Free play, or one of five prepared experiments"}, ...Object.values(this.tabs)),
      part("problems", "div", {class: "pg-problems", role: "alert", hidden: true}),
      part("lead", "p", {class: "pg-lead"}), part("claim", "p", {class: "pg-claim"}), part("card", "div", {class: "pg-card", hidden: true}),
      make("div", {class: "pg-bar"},
        button("toggle", "▶ Run", "Train, or pause", " pg-main"), button("stepOnce", "Step", "One training step"),
        button("reset", "Reset", "Back to step 0, with the same weights"),
        button("otherSeeds", "Other seeds", "Back to step 0, with other weights and other batches"),
        button("keep", "Keep for comparison", "Leave these curves here, so that another setting is laid over them"),
        make("span", {class: "pg-pace"}, make("label", {for: this.pace.id}, "Pace"), this.pace), part("clock", "p", {class: "pg-clock"})),
      part("settings", "details", {class: "pg-settings", open: this.root.clientWidth >= 560}, make("summary", {}, "Settings"), this.form.element),
      part("result", "div", {class: "pg-result", hidden: true}),
      part("legend", "ul", {class: "pg-legend"}),
      make("div", {class: "pg-plots"}, plot("score"), plot("loss"), plot("lag"), plot("singular")),
      make("p", {class: "pg-note"}, "Lines: the median network. Dark band: the middle half of the networks; pale band: all that did not diverge. ",
        "“Gradient by lag”: how much of the gradient of the loss is left in the state k steps before the end; if it falls far, nothing that long ago can be learned. ",
        "Where every step is asked (parity, counting), every step adds gradient of its own: a flat line shows nothing about memory."),
      make("section", {class: "pg-inside", "aria-label": "Inside one network"},
        make("div", {class: "pg-inside-head"}, make("h3", {}, "Inside one network"), make("label", {for: this.watcher.id}, "which"), this.watcher),
        make("p", {class: "pg-note"}, "One unseen sequence runs through it, from left to right; each row is a unit."),
        make("div", {class: "pg-heats"}, canvas("h", "State h"), canvas("slope", "Slope f′"), canvas("gradient", "Gradient that arrives"), plot("shares")),
        make("p", {class: "pg-note"}, make("span", {class: "pg-red"}, "Solid: saturated"), " units, where f is almost flat. Dashed: dead units, whose state is exactly 0 in every sequence at this step.")),
      part("live", "p", {class: "pg-live", role: "status", "aria-live": "polite"}));
  }

  // ---- what does not change while the networks learn ----

  showProblems(heading, problems) {
    const {make} = Playground.drawing, more = problems.length - 4;
    this.parts.problems.hidden = problems.length === 0;
    this.parts.problems.replaceChildren(make("b", {}, heading), ` ${problems.slice(0, 4).join(" ")}${more > 0 ? ` And ${more} more.` : ""}`);
  }

  /** The setting, or the question of a prepared experiment. */
  showMode({mode, settings, sides, prediction, claim, experiment}) {
    const {make} = Playground.drawing, {parts} = this, free = mode === "free";
    for (const [name, tab] of Object.entries(this.tabs)) tab.setAttribute("aria-pressed", String(name === mode));
    parts.lead.hidden = parts.settings.hidden = !free;
    parts.card.hidden = free;
    parts.result.hidden = true;
    parts.claim.replaceChildren(...(claim ? ["Tried here: ", ...this.claimWords(claim)] : []));
    this.buttons.keep.hidden = !free;
    const what = Playground.words.describe(settings, experiment?.changes);
    if (free) {
      this.form.show(settings);
      parts.lead.replaceChildren(make("b", {}, what), " Press Run and watch; everything is computed here, in your browser.");
      return;
    }
    const choices = Object.entries(experiment.predictions).map(([key, text]) => make("label", {class: "pg-choice"},
      make("input", {type: "radio", name: `${this.id}-prediction`, value: key, checked: key === prediction, onchange: () => { this.page.prediction = key; }}),
      make("span", {}, text)));
    parts.card.replaceChildren(
      make("h3", {}, experiment.question),
      make("p", {}, what, " Twice, from the same seeds: ", make("b", {}, `1 ${sides[0].label}`), " and ", make("b", {}, `2 ${sides[1].label}`), "."),
      this.predictions = make("fieldset", {}, make("legend", {}, "What do you expect?"), ...choices),
      make("p", {class: "pg-note"}, "Tick one, then press Run. It takes less than a minute. ",
        make("button", {type: "button", class: "pg-link", onclick: () => this.page.takeOver()}, "Or change these settings yourself.")));
  }

  /** What a claim says, the book's verdict on it, and a link to its card. */
  claimWords(claim) {
    const {make} = Playground.drawing, {says, verdict, address} = this.page.verdicts[claim];
    return [make("a", {href: address}, `Claim ${claim}`), ` (“${says}”); verdict of the book: `, make("b", {}, verdict)];
  }

  /** How a prepared experiment came out, and what the book says. */
  showResult(met, {text, found}, {watch, expects, claims, related = {}}) {
    const {make} = Playground.drawing, {result} = this.parts, start = make("div", {class: "pg-plot"});
    const list = (title, ids) => ids.length ? [make("p", {}, title), make("ul", {}, ...ids.map(id => make("li", {}, ...this.claimWords(id))))] : [];
    const judged = ids => Object.keys(ids).filter(id => this.page.verdicts[id]);
    result.replaceChildren(make("h3", {}, "What came out"), make("p", {}, make("b", {}, met)), ...text.map(line => make("p", {}, line)),
      ...(found === expects ? [make("p", {}, make("b", {}, "What you should have seen: "), watch)] : []), start,
      ...list("Claims tried here:", judged(claims)), ...list("Related, but not tried here:", judged(related)));
    result.dataset.found = found;
    result.hidden = false;
    const first = this.page.sides.map(({settings, first: report}) => ({settings, report}));
    start.innerHTML = Playground.plots.lag(Math.min(start.clientWidth, 480), first, "Gradient by lag before training");
  }

  showButtons({wanted, finished}) {
    const stuck = finished && !this.page.started;
    this.buttons.toggle.textContent = wanted ? "❚❚ Pause" : finished && !stuck ? "▶ Run again" : "▶ Run";
    this.buttons.toggle.disabled = stuck;
    this.buttons.stepOnce.disabled = finished;
    this.showClock();
  }

  showClock() {
    const {sides, end, held, wanted, started} = this.page, speed = Math.max(...sides.map(side => side.speed));
    const going = held ? "waits while out of sight" : `${speed >= 10 ? Math.round(speed) : speed.toFixed(1)} steps/s`;
    const step = `step ${Math.max(...sides.map(side => side.step))}${Number.isFinite(end) ? ` of ${end}` : ""}`;
    this.parts.clock.textContent = wanted ? `${step} · ${going}` : step;
    if (this.predictions) this.predictions.disabled = started;
  }

  // ---- pictures ----

  /** Ask for all pictures anew; at once only if `now`, else at a calm rate. */
  drawAll(now = false) {
    for (const key of ["legend", "score", "loss", "lag", "singular", "inside", "shares"]) this.stale.add(key);
    if (this.waiting && !now) return;
    clearTimeout(this.waiting);
    const rest = now ? 0 : (CALM.matches ? 2000 : 100) - (performance.now() - this.drawnAt);
    this.waiting = setTimeout(() => requestAnimationFrame(() => this.draw()), Math.max(0, rest));
  }

  /** Draw what is stale, for at most some milliseconds a frame. */
  draw() {
    const began = performance.now(), {shown} = this.page;
    this.drawnAt = began;
    for (const key of this.stale) {
      if (performance.now() - began > FRAME) { requestAnimationFrame(() => this.draw()); return; }
      this.stale.delete(key);
      if (shown.length) this.drawPart(key, shown);
    }
    this.waiting = 0;
  }

  drawPart(key, sides) {
    const {plots} = Playground, box = this.parts[key], width = box ? Math.max(240, Math.round(box.clientWidth)) : 0;
    const {end, watchedSide} = this.page, until = Number.isFinite(end) ? end : plots.roundUp(Math.max(...sides.map(s => s.history.last)));
    if (key === "legend") this.drawLegend(sides);
    else if (key === "inside") this.drawInside(watchedSide.report);
    else if (key === "shares") { if (watchedSide.report) box.innerHTML = plots.shares(width, watchedSide.report); }
    else box.innerHTML = key === "lag" || key === "singular" ? plots[key](width, sides) : plots.curves(width, sides, key, until);
  }

  drawLegend(sides) {
    const {make} = Playground.drawing, {learned, diverged, medianLoss, differences} = Playground.words, {legend} = this.parts;
    this.showClock();
    this.listNetworks();
    const names = sides.at(-1).frozen ? differences(sides[0].settings, sides[1].settings) : sides.map(s => s.label);
    const items = Playground.plots.looks(sides).map(({colour, dash}, i) => {
      const {report, frozen} = sides[i], sample = make("span", {class: "pg-sample"});
      sample.style.borderTop = `3px ${dash.length ? "dashed" : "solid"} ${colour}`;
      const name = sides.length > 1 ? `${i + 1} ${names[i] || "the same setting"}${frozen ? " (kept)" : ""}: ` : "";
      return make("li", {}, sample,
        make("span", {}, make("b", {}, name), `${learned(report)}, ${medianLoss(report)}. `, make("b", {class: "pg-lost"}, diverged(report))),
        ...(frozen ? [make("button", {type: "button", class: "pg-link", onclick: () => this.page.forget()}, "remove")] : []));
    });
    // While its button has the focus, only the words change.
    if (!legend.contains(document.activeElement) || items.length !== legend.children.length) legend.replaceChildren(...items);
    else items.forEach((item, i) => legend.children[i].children[1].replaceWith(item.children[1]));
  }

  /** The networks that one may look into. */
  listNetworks() {
    const {make} = Playground.drawing, {sides, watched} = this.page;
    if (this.watcher.value !== watched) this.watcher.value = watched;
    const entries = sides.flatMap((side, i) => (side.report?.networks ?? []).map((net, n) => [`${i}:${n}`,
      `${sides.length > 1 ? `${i + 1} ${side.label}: ` : ""}network ${n + 1}${net.diverged ? " (diverged)" : net.solved ? " (learned)" : ""}`]));
    const told = entries.join("\n");
    if (told === this.told || this.watcher === document.activeElement) return;
    this.told = told;
    this.watcher.replaceChildren(...entries.map(([value, text]) => make("option", {value, selected: value === watched}, text)));
  }

  drawInside(report) {
    if (!report?.map) return;
    const {map, networks} = report;
    const {ramp, heat, mostly} = Playground.plots, {power} = Playground.drawing, {brief} = Playground.words;
    this.ramps ??= {h: ramp(["vermillion", "background", "blue"], this.root), slope: ramp(["background", "green"], this.root), gradient: ramp(["background", "purple"], this.root)};
    const most = Math.max(1, mostly(map.h)), steep = Math.max(0.01, mostly(map.slope)), top = Math.ceil(Math.max(-30, ...map.gradient));
    const nothing = networks[map.network].diverged ? "no numbers: the network diverged" : "0: nothing left to correct";
    const pale = document.documentElement.dataset.theme === "dark" ? "black" : "white";
    const looks = {
      h: ["State", [-most, most], `orange −${brief(most)}, blue ${brief(most)}`],
      slope: ["Slope of f", [0, steep], `${pale} 0, green ${brief(steep)}`],
      gradient: ["Gradient that arrives", [top - 8, top], top > -30 ? `${pale} ${power(top - 8)} or less, purple ${power(top)}` : nothing],
    };
    for (const [key, [title, range, scale]] of Object.entries(looks)) {
      heat(this.parts[key], map[key], map.steps, map.units, range, this.ramps[key]);
      this.parts[`${key}Scale`].textContent = scale;
      this.parts[key].setAttribute("aria-label", `${title} of each of ${map.units} units over ${map.steps} time steps: ${scale}.`);
    }
  }
}

Playground.View = View;
})();
