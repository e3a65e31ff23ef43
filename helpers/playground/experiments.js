// ---- The prepared experiments: two settings each, and what came out ----
(() => {
"use strict";

const EXPERIMENTS = Playground.prepared;  // experiments.yaml

/** The two settings of an experiment in full. */
function sidesOf(name, seed) {
  const {settings, changes, labels} = EXPERIMENTS[name], {check} = Playground.settings;
  return [{}, changes].map((more, i) => ({label: labels[i], settings: check({...settings, seed, ...more}).settings}));
}

/** How many networks have learned the task and are still sound. */
const learnedIn = report => report.networks.filter(net => net.solved && !net.diverged).length;

/** Which prediction came true: "first", "second" or "same". A great difference is half of the networks or more. */
function outcome(name, reports) {
  const [one, two] = reports.map(report => learnedIn(report) / report.networks.length);
  return one - two >= 0.5 ? "first" : two - one >= 0.5 ? "second" : "same";
}

/** How far a gradient had shrunk on its way back before the first step, as a power of ten (median). */
const shrunk = start => Playground.history.spread(start.lag.each.map(logs => logs[0] - logs[logs.length - 1])).middle;

/** What came out, in sentences made of the run's own numbers. */
function conclusion(name, reports, starts) {
  const {labels, expects, claims} = EXPERIMENTS[name], {brief, diverged, count} = Playground.words;
  const found = outcome(name, reports), far = starts.map(shrunk);
  const text = reports.map((report, i) => `${i + 1} ${labels[i]}: ${learnedIn(report)} of ${count(report.networks.length, "network")} learned the task`
    + ` within ${report.step} steps. ${diverged(report)}`);
  if (far.every(Number.isFinite) && Math.abs(far[0] - far[1]) > 0.5) {
    const by = far.map(log => log > 0.02 ? `a factor of ${brief(10 ** log)} smaller` : log < -0.02 ? `a factor of ${brief(10 ** -log)} larger` : "as large as before");
    text.push(`Before training, the gradient that got back to the first step was ${by[0]} in setting 1 and ${by[1]} in setting 2 (median).`);
  }
  const judged = Object.keys(claims).length > 0;
  if (found !== expects) text.push(`${judged ? "The book came to another result" : "Most seeds give another result"}: try other seeds.`);
  else if (judged) text.push("That agrees with the book's verdict, reached with its own settings.");
  return {found, text};
}

Playground.experiments = {EXPERIMENTS, sidesOf, conclusion};
})();
