// ---- The page: what is set, what runs, and what the address says ----
(() => {
"use strict";

let pages = 0;

class Page {
  constructor(root) {
    const {experiment, settings, verdicts} = root.dataset;
    this.ownsAddress = "address" in root.dataset;
    this.verdicts = JSON.parse(verdicts ?? "{}");
    Object.assign(this, {sides: [], kept: null, mode: "free", wanted: false, finished: false, held: false});
    this.view = new Playground.View(root, `playground-${pages += 1}`, this);
    this.listen(root);
    const asked = this.ownsAddress && location.hash.includes("=") ? location.hash : "";
    this.open(asked || (experiment ? `experiment=${experiment}` : settings ?? ""));
  }

  /** Wait while nobody can see it; follow the address. */
  listen(root) {
    let away = false;
    const look = () => this.hold(document.hidden || away);
    new IntersectionObserver(entries => { away = !entries.at(-1).isIntersecting; look(); }).observe(root);
    document.addEventListener("visibilitychange", look);
    if (this.ownsAddress) addEventListener("hashchange", () => {
      if (location.hash !== this.address && (location.hash.includes("=") || location.hash === "")) this.open(location.hash);
    });
  }

  // ---- settings, experiments, the address ----

  get experiment() { return Playground.experiments.EXPERIMENTS[this.mode]; }
  /** The step at which a prepared experiment ends. */
  get end() { return this.experiment?.steps ?? Infinity; }
  /** Whether training has begun: from then on a prediction stands. */
  get started() { return this.wanted || this.sides.some(side => side.step > 0); }
  get watchedSide() { return this.sides[+this.watched.split(":")[0]] ?? this.sides[0]; }
  /** The sides that are drawn: those that learn, and the one kept. */
  get shown() {
    const live = this.sides.filter(side => side.report);
    return this.kept && live.length ? [...live, this.kept] : live;
  }
  get address() {
    if (this.experiment) return `#experiment=${this.mode}&seed=${this.settings.seed}`;
    return Playground.settings.toAddress(this.settings) + (this.claim ? `&claim=${this.claim}` : "");
  }

  /** Put the settings into the address: a new entry, so that "back" leads to the settings before. */
  remember() {
    if (this.ownsAddress && location.hash !== this.address) location.hash = this.address;
  }

  /** Show what an address asks for; what is wrong in it is said, and its default taken. */
  open(text) {
    const names = Object.keys(Playground.experiments.EXPERIMENTS);
    const asked = new URLSearchParams(text.replace(/^[#?]/, "")), name = asked.get("experiment"), known = names.includes(name);
    const ignored = known ? [...asked.keys()].filter(key => key !== "experiment" && key !== "seed") : [];
    for (const key of ignored) asked.delete(key);
    const {settings, problems} = Playground.settings.fromAddress(known ? asked.toString() : text);
    if (name !== null && !known) problems.unshift(`experiment=${name.slice(0, 40)} is not known; choose ${names.join(", ")}.`);
    problems.push(...ignored.map(key => `${key.slice(0, 40)} is ignored in a prepared experiment.`));
    let claim = asked.get("claim");
    if (claim !== null && !Object.hasOwn(this.verdicts, claim)) {
      problems.push(`claim=${claim.slice(0, 40)} is none that can be shown; it is ignored.`);
      claim = null;
    }
    this.kept = null;
    this.begin(known ? name : "free", settings, {claim});
    this.view.showProblems("The address asks for something that is not possible.", problems);
  }

  /** Free play, or a prepared experiment with its own settings. */
  choose(mode) {
    if (mode === this.mode) return;
    this.kept = null;
    this.begin(mode, mode === "free" ? this.settings : {});
    this.remember();
  }

  change(raw) {
    const running = this.wanted, before = this.settings;
    this.begin("free", raw);
    this.remember();
    const {task, delay} = this.settings;
    if (this.kept && (task !== before.task || (task === "counting" && delay !== before.delay))) {
      this.kept = null;
      this.view.showProblems("The kept curves belong to another task;", ["they are removed."]);
    }
    if (running) this.run();
  }

  /** Play on freely with the first setting of an experiment; the second stays for comparison. */
  takeOver() {
    const other = this.sides[1].kept();
    this.begin("free", this.sides[0].settings);
    this.kept = other.report && other;
    this.remember();
  }

  /** New networks at step 0. `claim` is the one that the address names. */
  begin(mode, raw, {prediction = null, claim = null} = {}) {
    Object.assign(this, {mode, prediction, claim, finished: false, wanted: false, watched: "0:0"});
    const {settings, problems} = Playground.settings.check(raw);
    const plan = this.experiment
      ? Playground.experiments.sidesOf(mode, settings.seed)
      : [{label: "", settings}];
    this.settings = plan[0].settings;
    for (const side of this.sides.splice(plan.length)) side.close();
    plan.forEach(({settings: own, label}, i) => {
      if (this.sides[i]) this.sides[i].start(own, label);
      else this.sides.push(new Playground.Side(own, label, {onReport: side => this.take(side), onError: message => this.fail(message)}));
    });
    this.view.showProblems("That is not possible.", problems);
    this.view.showMode(this);
    this.view.showButtons(this);
  }

  // ---- run, pause, step, reset ----

  toggle() {
    if (this.wanted) this.pause();
    else this.run();
  }

  run() {
    if (this.finished) this.reset();
    this.wanted = true;
    this.go();
    this.view.showButtons(this);
  }

  go() {
    if (this.held || !this.wanted) return;
    for (const side of this.sides) side.run(this.end, +this.view.pace.value);
  }

  stop() { for (const side of this.sides) side.stop(); }

  pause() {
    this.wanted = false;
    this.stop();
    this.view.showButtons(this);
    this.view.say(`Paused. ${this.spoken}`, true);
  }

  hold(away) {
    if (away === this.held) return;
    this.held = away;
    if (this.wanted && away) this.stop();
    else this.go();
    this.view.showClock();
  }

  changePace() {
    if (!this.wanted) return;
    this.stop();
    this.go();
  }

  stepOnce() {
    if (this.wanted) this.pause();
    for (const side of this.sides) if (!side.over(this.end)) side.stepOnce();
  }

  reset() {
    Object.assign(this, {wanted: false, finished: false});
    for (const side of this.sides) side.reset();
    this.view.parts.result.hidden = true;
    this.view.showButtons(this);
    this.view.say("Back to step 0 with the same weights.", true);
  }

  otherSeeds() {
    const {wanted, settings, prediction, claim} = this, {least, most} = Playground.settings.LIMITS.seed;
    this.begin(this.mode, {...settings, seed: settings.seed < most ? settings.seed + 1 : least}, {prediction, claim});
    this.remember();
    this.view.say(`Other weights and batches: seed ${this.settings.seed}.`, true);
    if (wanted) this.run();
  }

  keep() {
    if (!this.sides[0].report) return;
    this.kept = this.sides[0].kept();
    this.view.say("Kept. Change a setting and run again: both are drawn.", true);
    this.view.drawAll(true);
  }

  forget() {
    this.kept = null;
    this.view.buttons.keep.focus();
    this.view.drawAll(true);
  }

  watch(key) {
    this.watched = key;
    for (const side of this.sides) side.runner.watch(+key.split(":")[1]);
    this.view.drawAll(true);
  }

  // ---- reports ----

  take(side) {
    if (!this.finished && this.sides.every(one => one.report && one.over(this.end))) this.finish();
    else if (this.wanted) this.view.say(this.spoken);
    this.view.drawAll(!this.wanted || side.step === 0);
  }

  get spoken() {
    const told = this.sides.filter(side => side.report).map(side => Playground.words.spoken(side.report));
    return told.length > 1 ? told.map((text, i) => `Setting ${i + 1}, ${this.sides[i].label}. ${text}`).join(" ") : told.join("");
  }

  fail(message) {
    this.wanted = false;
    this.view.showButtons(this);
    this.view.showProblems("Something went wrong.", [message]);
  }

  /** Nothing is left to train: an experiment is over, or every network has diverged. */
  finish() {
    Object.assign(this, {finished: true, wanted: false});
    this.view.showButtons(this);
    if (!this.experiment) { this.view.say(`Stopped. ${this.spoken}`, true); return; }
    const {predictions} = this.experiment;
    const came = Playground.experiments.conclusion(this.mode, this.sides.map(s => s.report), this.sides.map(s => s.first));
    const met = this.prediction === null ? `${predictions[came.found]}. (You had ticked no prediction.)`
      : this.prediction === came.found ? `Your prediction came true: “${predictions[came.found]}”.`
      : `Your prediction was “${predictions[this.prediction]}”. It came out otherwise: “${predictions[came.found]}”.`;
    this.view.showResult(met, came, this.experiment);
    this.view.say(`Finished. ${met} ${came.text.join(" ")}`, true);
  }
}

/** Put a playground into every place that is meant for one and has none yet. */
function mount() {
  for (const root of document.querySelectorAll("div.playground:not([data-ready])")) {
    root.dataset.ready = "";
    root.page = new Page(root);
  }
}

Playground.mount = mount;
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
})();
