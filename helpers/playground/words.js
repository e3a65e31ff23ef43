// ---- Sentences about settings and reports, for eyes and ears ----
(() => {
"use strict";

const TASKS = {
  recall: s => `recall at the end a symbol shown ${count(s.delay, "step")} before`,
  adding: s => `add the two marked numbers among ${s.delay}`,
  parity: s => `say after each of ${s.delay} bits whether the number of ones so far is odd`,
  counting: () => "count the a's of a word aaabbb to know where the b's end",
  digits: () => "recognise handwritten digits, read row by row",
};

const count = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;
const label = name => Playground.functions?.[name]?.label ?? name;

/** A number with three digits that matter, and a real minus sign. */
function brief(value) {
  if (!Number.isFinite(value)) return "beyond all numbers";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (value === 0 || (size > -4 && size < 5)) return String(+value.toPrecision(3)).replace("-", "−");
  return `${(value / 10 ** size).toFixed(1).replace("-", "−")}\u00a0×\u00a0${Playground.drawing.power(size)}`;
}

/** What is to be trained, in one sentence; without the state's function if an experiment `changes` it. */
function describe(s, changes = {}) {
  const cell = s.cell === "minGRU" ? `a minGRU of ${count(s.units, "unit")} (${label(s.state)} state, ${label(s.gate)} gate)`
    : s.cell === "SimpleRNN" ? `a SimpleRNN of ${s.units} ${"state" in changes ? "" : `${label(s.state)} `}units`
    : `${s.cell === "LSTM" ? "an LSTM" : "a GRU"} of ${count(s.units, "unit")} (${label(s.state)} state, ${label(s.gate)} gates)`;
  return `${s.networks === 1 ? "One network" : `${s.networks} networks, each with weights of its own`}: ${cell} that must learn to ${TASKS[s.task](s)}.`;
}

/** The settings that differ between two, e.g. "initial U identity" and "initial U orthogonal". */
function differences(one, other) {
  const keys = Object.keys(one).filter(key => one[key] !== other[key]);
  const text = s => keys.map(key => `${Playground.form.labelOf(key, s).replace(/^./, c => c.toLowerCase())} ${Playground.form.nameOf(key, s[key])}`).join(", ");
  return [text(one), text(other)];
}

/** How many networks diverged and when, or nothing. */
function diverged(report) {
  const lost = report.networks.filter(net => net.diverged);
  if (!lost.length) return "";
  const steps = lost.map(net => net.divergedAt).filter(Number.isFinite), first = Math.min(...steps), last = Math.max(...steps);
  const when = !steps.length ? "" : last === 0 ? " before training" : first === last ? ` at step ${first}` : ` between steps ${first} and ${last}`;
  const who = lost.length === report.networks.length ? (lost.length === 1 ? "The network" : `All ${lost.length} networks`)
    : `${lost.length} of ${report.networks.length} networks`;
  return `${who} diverged${when}: numbers too large to go on.`;
}

/** "5 of 8 networks have learned the task" */
function learned({learned: some, networks: {length: all}}) {
  return `${some} of ${count(all, "network")} ${some === 1 || all === 1 ? "has" : "have"} learned the task`;
}

/** The median loss, in words where more than half diverged. */
function medianLoss(report) {
  const value = Playground.history.spread(report.networks.map(n => n.diverged ? Infinity : n.loss)).middle;
  return Number.isFinite(value) ? `median loss ${brief(value)}` : "no median loss";
}

/** What a listener is told. */
const spoken = report => [`Step ${report.step}: ${medianLoss(report)}, ${learned(report)}.`, diverged(report)].filter(Boolean).join(" ");

Playground.words = {describe, differences, diverged, learned, medianLoss, spoken, brief, count, label};
})();
