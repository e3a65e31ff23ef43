// ---- The page: puts the parts together in every <div class="playground"> ----
(() => {
"use strict";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const FRAME = 10;  // milliseconds of drawing in one frame; the rest waits for the next
const PACES = {2: "2 steps a second", 10: "10 steps a second", 40: "40 steps a second", 0: "as fast as it can"};
let pages = 0;

class Page {
  constructor(root) {
    this.id = `playground-${pages += 1}`;
    this.root = root;
    this.ownsAddress = "address" in root.dataset;
    this.verdicts = JSON.parse(root.dataset.verdicts ?? "{}");
    Object.assign(this, {sides: [], kept: null, mode: "free", wanted: false, held: false, watched: "0:0", prediction: null});
    this.stale = new Set();
    this.drawnAt = -Infinity;
    this.build();
    this.listen();
    this.open(root.dataset.experiment ? `#experiment=${root.dataset.experiment}` : this.ownsAddress && location.hash.includes("=") ? location.hash : root.dataset.settings ?? "");
  }

  // ---- what the page consists of ----

  build() {
    const {make} = Playground.drawing, {EXPERIMENTS} = Playground.experiments;
    const button = (text, key, onclick, more = {}) => this.buttons[key] = make("button", {type: "button", class: "pg-button", onclick, ...more}, text);
    this.buttons = {};
    this.parts = {};
    const part = (key, tag, attributes, ...children) => this.parts[key] = make(tag, attributes, ...children);

    this.tabs = Object.fromEntries([["free", {title: "Free play"}], ...Object.entries(EXPERIMENTS)].map(([name, {title}], i) =>
      [name, make("button", {type: "button", class: "pg-tab", "aria-pressed": "false", onclick: () => this.choose(name)}, i ? `${i} ${title}` : title)]));
    const tabs = make("div", {class: "pg-tabs", role: "group", "aria-label": "Free play, or one of five prepared experiments"}, ...Object.values(this.tabs));

    this.form = Playground.form.form(this.id, settings => this.change(settings));
    const narrow = this.root.clientWidth < 560;
    const settings = part("settings", "details", {class: "pg-settings", open: !narrow}, make("summary", {}, "Settings"), this.form.element);

    this.pace = make("select", {id: `${this.id}-pace`}, ...Object.entries(PACES).map(([value, text]) => make("option", {value, selected: value === "40"}, text)));
    this.pace.addEventListener("change", () => { if (this.wanted) { for (const side of this.sides) side.stop(); this.go(); } });
    const bar = make("div", {class: "pg-bar"},
      button("▶ Run", "run", () => this.toggle(), {class: "pg-button pg-main"}),
      button("Step", "step", () => this.stepOnce(), {title: "One training step"}),
      button("Reset", "reset", () => this.reset(), {title: "Back to step 0, with the same weights"}),
      button("Other seeds", "seeds", () => this.otherSeeds(), {title: "Back to step 0, with other weights and other batches"}),
      button("Keep for comparison", "keep", () => this.keep(), {title: "Leave these curves on the page, so that another setting can be laid over them"}),
      make("label", {class: "pg-pace", for: `${this.id}-pace`}, "Pace"), this.pace, part("clock", "p", {class: "pg-clock"}));

    const plot = key => part(key, "div", {class: "pg-plot"});
    const canvas = (key, title) => make("figure", {class: "pg-heat"}, make("figcaption", {}, title, part(`${key}Scale`, "span", {class: "pg-scale"})),
      part(key, "canvas", {role: "img", "aria-label": title}));
    this.watcher = make("select", {id: `${this.id}-watch`});
    this.watcher.addEventListener("change", () => this.watch(this.watcher.value));
    const inside = make("section", {class: "pg-inside", "aria-label": "Inside one network"},
      make("div", {class: "pg-inside-head"}, make("h3", {}, "Inside one network"), make("label", {for: this.watcher.id}, "which"), this.watcher),
      make("p", {class: "pg-note"}, "One unseen sequence runs through it, from left to right; each row is a unit."),
      make("div", {class: "pg-heats"},
        canvas("h", "State h"), canvas("slope", "Slope f′ at each step"), canvas("gradient", "Gradient that arrives"), plot("shares")),
      make("p", {class: "pg-note"}, make("span", {class: "pg-red"}, "Solid: saturated"), " units, where f is almost flat. Dashed: dead units, whose slope is zero for every sequence at this step."));

    this.root.replaceChildren(
      tabs,
      part("problems", "div", {class: "pg-problems", role: "alert", hidden: true}),
      part("lead", "p", {class: "pg-lead"}), part("card", "div", {class: "pg-card", hidden: true}),
      settings, bar, part("result", "div", {class: "pg-result", hidden: true, tabindex: "-1"}),
      part("legend", "ul", {class: "pg-legend"}),
      make("div", {class: "pg-plots"}, plot("score"), plot("loss"), plot("lag"), plot("singular")),
      make("p", {class: "pg-note"}, "Lines: the median network. Dark band: the middle half of the networks; pale band: all that did not diverge. ",
        "“Gradient by lag”: how much of the gradient of the loss is left in the state k steps before the end; if it falls far, nothing that long ago can be learned."),
      inside,
      part("live", "p", {class: "pg-live", role: "status", "aria-live": "polite"}));
    this.say = Playground.announcer(this.parts.live);
  }

  listen() {
    const hold = () => this.hold(document.hidden || this.outOfSight);
    this.outOfSight = false;
    new IntersectionObserver(entries => { this.outOfSight = !entries.at(-1).isIntersecting; hold(); }).observe(this.root);
    document.addEventListener("visibilitychange", hold);
    new ResizeObserver(() => this.drawAll()).observe(this.root);
    new MutationObserver(() => { this.ramps = null; this.drawAll(); }).observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme"]});
    if (this.ownsAddress) addEventListener("hashchange", () => {
      if (location.hash !== this.address() && (location.hash.includes("=") || location.hash === "")) this.open(location.hash);
    });
  }

  // ---- settings, experiments, the address ----

  address() {
    if (this.mode === "free") return Playground.settings.toAddress(this.settings);
    return `#experiment=${this.mode}&seed=${this.settings.seed}`;
  }

  /** Remember the settings in the address: a new entry, so that "back" leads to the settings before. */
  remember() {
    if (this.ownsAddress && location.hash !== this.address()) location.hash = this.address();
  }

  /** Show what an address asks for; whatever is wrong in it is said and replaced by the default. */
  open(text) {
    const {EXPERIMENTS} = Playground.experiments;
    const asked = new URLSearchParams(text.replace(/^[#?]/, "")), name = asked.get("experiment");
    const {settings, problems} = Playground.settings.fromAddress(text, ["experiment"]);
    if (name !== null && !Object.hasOwn(EXPERIMENTS, name)) {
      problems.unshift(`experiment=${name.slice(0, 40)} is not known; choose ${Object.keys(EXPERIMENTS).join(", ")}.`);
    }
    const known = name !== null && Object.hasOwn(EXPERIMENTS, name);
    this.showProblems(problems);
    this.keptAway();
    this.begin(known ? name : "free", settings);
  }

  showProblems(problems) {
    const {make} = Playground.drawing, box = this.parts.problems;
    box.hidden = problems.length === 0;
    box.replaceChildren(...(problems.length ? [
      make("b", {}, "The address asks for something that is not possible. "),
      problems.slice(0, 4).join(" ") + (problems.length > 4 ? ` And ${problems.length - 4} more.` : ""),
    ] : []));
  }

  choose(name) {
    if (name === this.mode && name === "free") return;
    this.showProblems([]);
    this.keptAway();
    this.begin(name, name === "free" ? this.settings : {...this.settings, seed: 1, networks: Playground.settings.DEFAULTS.networks});
    this.remember();
  }

  /** New networks at step 0. */
  begin(mode, settings) {
    for (const side of this.sides) side.close();
    this.mode = mode;
    this.prediction = null;
    this.finished = false;
    this.wanted = false;
    const experiment = Playground.experiments.EXPERIMENTS[mode];
    const plan = experiment
      ? Playground.experiments.sidesOf(mode, {seed: settings.seed, networks: settings.networks})
      : [{label: "", settings: Playground.settings.check(settings).settings}];
    this.settings = plan[0].settings;
    this.watched = "0:0";
    this.sides = plan.map(({settings, label}) => new Playground.Side(settings, label, {
      onReport: side => this.take(side), onError: message => this.fail(message),
    }));
    this.showFrame();
  }

  /** Whatever does not change while the networks learn. */
  showFrame() {
    const {make} = Playground.drawing, {parts, mode} = this, free = mode === "free";
    for (const [name, tab] of Object.entries(this.tabs)) tab.setAttribute("aria-pressed", String(name === mode));
    parts.lead.hidden = parts.settings.hidden = !free;
    parts.card.hidden = free;
    parts.result.hidden = true;
    this.buttons.keep.hidden = !free;
    if (free) {
      this.form.show(this.settings);
      parts.lead.replaceChildren(make("b", {}, Playground.words.describe(this.settings)), " Press Run and watch; everything is computed here, in your browser.");
    } else parts.card.replaceChildren(...this.card());
    this.showButtons();
  }

  /** Question and prediction of a prepared experiment. */
  card() {
    const {make} = Playground.drawing, {question, predictions} = Playground.experiments.EXPERIMENTS[this.mode];
    const choices = Object.entries(predictions).map(([key, text]) => {
      const input = make("input", {type: "radio", name: `${this.id}-prediction`, value: key, checked: key === this.prediction});
      input.addEventListener("change", () => { this.prediction = key; });
      return make("label", {class: "pg-choice"}, input, make("span", {}, text));
    });
    const [first] = this.sides;
    return [
      make("h3", {}, question),
      make("p", {}, Playground.words.describe(first.settings), ` Two such settings, from the same seeds: `,
        make("b", {}, `1 ${this.sides[0].label}`), " and ", make("b", {}, `2 ${this.sides[1].label}`), "."),
      make("fieldset", {}, make("legend", {}, "What do you expect?"), ...choices),
      make("p", {class: "pg-note"}, "Tick one, then press Run. It takes less than a minute. ",
        make("button", {type: "button", class: "pg-link", onclick: () => this.takeOver()}, "Or change these settings yourself.")),
    ];
  }

  takeOver() {
    const kept = this.sides[1].kept(), settings = this.sides[0].settings;
    this.begin("free", settings);
    this.kept = kept.report ? kept : null;
    this.remember();
    this.drawAll();
  }

  change(raw) {
    const {settings, problems} = Playground.settings.check(raw);
    const running = this.wanted;
    this.showProblems(problems);
    this.begin("free", settings);
    this.remember();
    if (running) this.run();
  }

  // ---- run, pause, step, reset ----

  /** The step at which a prepared experiment ends. */
  get end() { return Playground.experiments.EXPERIMENTS[this.mode]?.steps ?? Infinity; }

  toggle() {
    if (this.wanted) this.pause();
    else this.run();
  }

  run() {
    if (this.sides.every(side => side.done)) this.reset();
    this.wanted = true;
    this.go();
    this.showButtons();
  }

  go() {
    if (this.held || !this.wanted) return;
    for (const side of this.sides) side.run(this.end, +this.pace.value);
  }

  pause() {
    this.wanted = false;
    for (const side of this.sides) side.stop();
    this.showButtons();
    if (this.sides[0].report) this.say(`Paused. ${this.spoken()}`, true);
  }

  /** Hold on while nobody can see it, and go on afterwards. */
  hold(away) {
    if (away === this.held) return;
    this.held = away;
    if (!this.wanted) return;
    if (away) for (const side of this.sides) side.stop();
    else this.go();
    this.showClock();
  }

  stepOnce() {
    this.pause();
    for (const side of this.sides) if (!side.done && side.step < this.end) side.stepOnce();
  }

  reset() {
    this.wanted = false;
    this.finished = false;
    this.parts.result.hidden = true;
    for (const side of this.sides) side.reset();
    this.showButtons();
    this.say("Back to step 0 with the same weights.", true);
  }

  otherSeeds() {
    const running = this.wanted, prediction = this.prediction, limit = Playground.settings.LIMITS.seed;
    this.begin(this.mode, {...this.settings, seed: (this.settings.seed + 1 - limit.least) % (limit.most - limit.least + 1) + limit.least});
    this.prediction = prediction;
    if (this.mode !== "free") this.parts.card.replaceChildren(...this.card());
    this.remember();
    this.say(`Other weights and batches: seed ${this.settings.seed}.`, true);
    if (running) this.run();
  }

  keep() {
    if (!this.sides[0].report) return;
    this.kept = this.sides[0].kept();
    this.say("Kept. Change a setting and run again: both are drawn.", true);
    this.drawAll();
  }

  keptAway() { this.kept = null; }

  watch(key) {
    this.watched = key;
    const [side, network] = key.split(":").map(Number);
    this.sides[side].runner.watch(network);
  }

  // ---- reports and drawing ----

  take(side) {
    if (!this.sides.includes(side) && this.sides.length) return;  // the last word of a closed runner
    const over = this.sides.every(s => s.report && (s.done || s.step >= this.end));
    if (this.wanted && over) this.finish();
    else if (this.wanted) this.say(this.spoken());
    this.drawAll(!side.going);
  }

  fail(message) {
    this.wanted = false;
    this.showButtons();
    const box = this.parts.problems;
    box.hidden = false;
    box.textContent = `Something went wrong: ${message}`;
  }

  /** The end of a prepared experiment, in words. */
  finish() {
    const {make} = Playground.drawing, {EXPERIMENTS, conclusion} = Playground.experiments;
    this.finished = true;
    this.wanted = false;
    this.showButtons();
    if (this.mode === "free") { this.say(`Stopped. ${this.spoken()}`, true); return; }
    const {predictions, watch, claims} = EXPERIMENTS[this.mode];
    const {came, found, text} = conclusion(this.mode, this.sides.map(s => s.report), this.sides.map(s => s.first));
    const met = this.prediction === null ? "You had ticked no prediction." : this.prediction === found
      ? `Your prediction came true: “${predictions[found]}”.` : `Your prediction was “${predictions[this.prediction]}”. It came out otherwise: “${came}”.`;
    const links = claims.filter(claim => this.verdicts[claim]).map(claim => {
      const {verdict, address} = this.verdicts[claim];
      return make("li", {}, make("a", {href: address}, `Claim ${claim}: ${verdict}`));
    });
    this.parts.result.replaceChildren(make("h3", {}, "What came out"), make("p", {}, make("b", {}, met)), make("p", {}, text),
      make("p", {}, make("b", {}, "What you should have seen: "), watch),
      ...(links.length ? [make("p", {}, "In the book:"), make("ul", {}, ...links)] : []));
    this.parts.result.dataset.found = found;
    this.parts.result.hidden = false;
    this.say(`Finished. ${met} ${text}`, true);
  }

  spoken() {
    const told = this.sides.filter(s => s.report).map(s => Playground.words.spoken(s.report));
    return told.length > 1 ? told.map((text, i) => `Setting ${i + 1}, ${this.sides[i].label}. ${text}`).join(" ") : told.join("");
  }

  showButtons() {
    const {run, step, reset} = this.buttons;
    run.textContent = this.wanted ? "❚❚ Pause" : this.finished ? "▶ Run again" : "▶ Run";
    step.disabled = this.finished;
    this.showClock();
  }

  showClock() {
    const reports = this.sides.map(s => s.report).filter(Boolean);
    if (!reports.length) { this.parts.clock.textContent = "…"; return; }
    const step = Math.min(...reports.map(r => r.step)), total = Playground.experiments.EXPERIMENTS[this.mode]?.steps;
    const speed = Math.max(...this.sides.map(side => side.speed));
    const going = this.held ? "waits while out of sight" : speed >= 10 ? `${Math.round(speed)} steps/s` : `${speed.toFixed(1)} steps/s`;
    this.parts.clock.textContent = [`step ${step}${total ? ` of ${total}` : ""}`, ...(this.wanted ? [going] : [])].join(" · ");
  }

  /** The settings on show: those that learn, and the one kept. */
  get shown() {
    const live = this.sides.filter(side => side.report);
    return this.kept && live.length ? [...live, this.kept] : live;
  }

  /** Ask for all pictures anew; at once only if `now`, else at a calm rate. */
  drawAll(now = false) {
    for (const key of ["legend", "score", "loss", "lag", "singular", "inside", "shares"]) this.stale.add(key);
    if (this.waiting) return;
    this.waiting = true;
    const rest = now ? 0 : (CALM.matches ? 2000 : 100) - (performance.now() - this.drawnAt);
    setTimeout(() => requestAnimationFrame(() => this.draw()), Math.max(0, rest));
  }

  /** Draw what is stale, for at most some milliseconds a frame. */
  draw() {
    const began = performance.now();
    this.drawnAt = began;
    for (const key of this.stale) {
      if (performance.now() - began > FRAME) { requestAnimationFrame(() => this.draw()); return; }
      this.stale.delete(key);
      if (this.shown.length) this.drawPart(key);
    }
    this.waiting = false;
  }

  drawPart(key) {
    const {plots} = Playground, sides = this.shown, box = this.parts[key];
    const width = box ? Math.max(240, Math.round(box.clientWidth)) : 0;
    const total = Playground.experiments.EXPERIMENTS[this.mode]?.steps;
    const end = total ?? plots.roundUp(Math.max(...sides.map(s => s.history.last)));
    if (key === "legend") { this.drawLegend(sides); this.showClock(); }
    else if (key === "score" || key === "loss") box.innerHTML = plots.curves(width, sides, key, end);
    else if (key === "lag") box.innerHTML = plots.byLag(width, sides);
    else if (key === "singular") box.innerHTML = plots.singular(width, sides);
    else if (key === "inside") this.drawInside();
    else if (key === "shares") box.innerHTML = plots.shares(width, (this.sides[+this.watched.split(":")[0]] ?? this.sides[0]).report ?? sides[0].report);
  }

  drawLegend(sides) {
    const {make} = Playground.drawing, {looks} = Playground.plots, {learned, diverged, medianLoss, differences} = Playground.words;
    const names = sides.length > 1 && this.mode === "free" ? differences(sides[0].settings, sides[1].settings) : sides.map(s => s.label);
    const items = looks(sides).map(({colour, dash}, i) => {
      const {report, frozen} = sides[i], sample = make("span", {class: "pg-sample"});
      sample.style.borderTop = `3px ${dash.length ? "dashed" : "solid"} ${colour}`;
      const name = sides.length > 1 ? `${i + 1} ${names[i] || "the same setting"}${frozen ? " (kept)" : ""}: ` : "";
      const lost = diverged(report);
      const item = make("li", {}, sample, make("span", {}, make("b", {}, name), `${learned(report)}, ${medianLoss(report)}. `, lost ? make("b", {class: "pg-lost"}, lost) : ""));
      if (frozen) item.append(" ", make("button", {type: "button", class: "pg-link", onclick: () => { this.keptAway(); this.drawAll(true); this.buttons.keep.focus(); }}, "remove"));
      return item;
    });
    // A button that has the focus stays as it is.
    if (!this.parts.legend.contains(document.activeElement) || sides.length === 1) this.parts.legend.replaceChildren(...items);
    this.listNetworks();
  }

  /** The networks that one may look into. */
  listNetworks() {
    const {make} = Playground.drawing;
    const entries = this.sides.flatMap((side, i) => (side.report?.networks ?? []).map((net, n) => ({
      key: `${i}:${n}`,
      text: `${this.sides.length > 1 ? `${i + 1} ${side.label}: ` : ""}network ${n + 1}${net.diverged ? " (diverged)" : net.solved ? " (learned)" : ""}`,
    })));
    const told = entries.map(e => e.text).join("\n");
    if (told === this.toldNetworks || this.watcher === document.activeElement) return;
    this.toldNetworks = told;
    this.watcher.replaceChildren(...entries.map(e => make("option", {value: e.key, selected: e.key === this.watched}, e.text)));
  }

  drawInside() {
    const {ramp, heat} = Playground.plots, {power} = Playground.drawing, {brief} = Playground.words, side = this.sides[+this.watched.split(":")[0]];
    const {map} = side.report ?? {};
    if (!map) return;
    this.ramps ??= {h: ramp(["vermillion", "background", "blue"], this.root), slope: ramp(["background", "green"], this.root), gradient: ramp(["background", "purple"], this.root)};
    const finite = list => Array.from(list).filter(Number.isFinite);
    const most = Math.max(1, ...finite(map.h).map(Math.abs)), steep = Math.max(1e-9, ...finite(map.slope));
    const top = Math.ceil(Math.max(-30, ...finite(map.gradient)));
    const ranges = {h: [-most, most], slope: [0, steep], gradient: [top - 8, top]};
    const scales = {h: `orange −${brief(most)}, blue ${brief(most)}`, slope: `white 0, green ${brief(steep)}`, gradient: `white ${power(top - 8)} or less, purple ${power(top)}`};
    for (const key of ["h", "slope", "gradient"]) {
      heat(this.parts[key], map[key], map.steps, map.units, ranges[key], this.ramps[key]);
      this.parts[`${key}Scale`].textContent = scales[key].replaceAll("white", document.documentElement.dataset.theme === "dark" ? "black" : "white");
    }
  }
}

/** Put a playground into every place that is meant for one and has none yet. */
function mount() {
  for (const root of document.querySelectorAll("div.playground:not([data-ready])")) {
    root.dataset.ready = "";
    root.page = new Page(root);
  }
}

Playground.page = {mount};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
})();
