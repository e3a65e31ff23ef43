// ---- Five prepared experiments: a question, a prediction, two settings, and what came out ----
(() => {
"use strict";

/** `settings`: the first, and what the second changes; `expects`: what the book found, as `outcome` names it. */
const EXPERIMENTS = {
  identity: {
    title: "ReLU's start",
    question: "A ReLU network is to remember a symbol. Does it matter whether U starts as the identity or as an orthogonal matrix?",
    predictions: {first: "From the identity far more networks learn it", second: "From an orthogonal U far more learn it", same: "The start makes no great difference"},
    labels: ["U starts as the identity", "U starts orthogonal"],
    settings: [
      {task: "recall", delay: 20, cell: "SimpleRNN", state: "relu", start: "identity", rate: 0.003},
      {start: "orthogonal"},
    ],
    steps: 300, expects: "first", claims: ["A12", "B41"],
    watch: "In “Gradient by lag” one line is flat before the first step: from the identity the signal comes back undiminished. From an orthogonal U each step loses part of it, because about half of the units are off.",
  },
  "forget-gate": {
    title: "An open gate",
    question: "An LSTM forgets a share of its memory at each step, by its forget gate. Is it enough to start the bias of that gate at 3 rather than 0?",
    predictions: {first: "With bias 3 far more networks learn it", second: "With bias 0 far more learn it", same: "Training opens the gate anyway: no great difference"},
    labels: ["forget bias 3", "forget bias 0"],
    settings: [
      {task: "recall", delay: 30, cell: "LSTM", state: "tanh", gate: "sigmoid", bias: 3, rate: 0.01, units: 16},
      {bias: 0},
    ],
    steps: 200, expects: "first", claims: ["B50", "B46"],
    watch: "With bias 0 the gate lets half of the memory through, so over 30 steps little is left of the gradient. With bias 3 it lets 95 % through at each step.",
  },
  clipping: {
    title: "Clipping",
    question: "A network of leaky ReLU is trained by SGD, and its gradient now and then is very long. Does it help to cut the gradient to length 1?",
    predictions: {first: "Clipped, far more networks learn it", second: "Not clipped, far more learn it", same: "A gradient cut short teaches no more: no great difference"},
    labels: ["clipped at length 1", "not clipped"],
    settings: [
      {task: "recall", delay: 10, cell: "SimpleRNN", state: "leaky_relu", start: "identity", optimiser: "sgd", rate: 0.3, clip: 1},
      {clip: 0},
    ],
    steps: 200, expects: "first", claims: ["A38", "A37"],
    watch: "Without clipping one long step throws the weights far off, the next gradient is longer still, and after a few steps the numbers are beyond what the machine can hold. Clipped, no step is longer than the rate, and the networks learn at the very rate that was deadly.",
  },
  sigmoid: {
    title: "Sigmoid as state",
    question: "The sigmoid was the classic activation function. Can a recurrent network use it in place of tanh for its state?",
    predictions: {first: "With tanh far more networks learn it", second: "With sigmoid far more learn it", same: "Both are S-shaped: no great difference"},
    labels: ["tanh", "sigmoid"],
    settings: [
      {task: "recall", delay: 20, cell: "SimpleRNN", state: "tanh", start: "orthogonal", rate: 0.003},
      {state: "sigmoid"},
    ],
    steps: 300, expects: "first", claims: ["A07", "A34"],
    watch: "The sigmoid's slope is at most 1/4, so the gradient shrinks at least by that at each step when U keeps lengths: look how steep its line falls. That its output is bounded does not help.",
  },
  parity: {
    title: "Parity",
    question: "Is the number of ones so far odd? Can a network whose recurrence is linear learn to say it?",
    predictions: {first: "Only with tanh do networks learn it", second: "Only with the linear function do they learn it", same: "Both learn it, or neither"},
    labels: ["tanh", "linear"],
    settings: [
      {task: "parity", delay: 8, cell: "SimpleRNN", state: "tanh", start: "orthogonal", rate: 0.01},
      {state: "linear"},
    ],
    steps: 400, expects: "first", claims: ["A05", "B40"],
    watch: "The linear networks' gradient arrives and they still hardly leave the dotted line: beyond the first bit no weights of theirs can tell odd from even. A gradient that arrives is not enough, the function must be able to bend.",
  },
};

/** The two settings of an experiment in full: `changes` go into both (networks, seed). */
function sidesOf(name, changes = {}) {
  const {settings, labels} = EXPERIMENTS[name], {check, DEFAULTS} = Playground.settings;
  const first = {...DEFAULTS, ...settings[0], ...changes}, second = {...first, ...settings[1]};
  return [first, second].map((s, i) => ({label: labels[i], settings: check(s).settings}));
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
  const {labels, expects} = EXPERIMENTS[name], {brief, diverged, count} = Playground.words;
  const found = outcome(name, reports), far = starts.map(shrunk);
  const text = reports.map((report, i) => `${i + 1} ${labels[i]}: ${learnedIn(report)} of ${count(report.networks.length, "network")} learned the task`
    + ` within ${report.step} steps. ${diverged(report)}`);
  if (far.every(Number.isFinite) && Math.abs(far[0] - far[1]) > 0.5) {
    const by = far.map(log => log > 0.02 ? `a factor of ${brief(10 ** log)} smaller` : log < -0.02 ? `a factor of ${brief(10 ** -log)} larger` : "as large as before");
    text.push(`Before training, the gradient that got back to the first step was ${by[0]} in setting 1 and ${by[1]} in setting 2 (median).`);
  }
  text.push(found === expects ? "The book came to the same with more networks." : "The book, with more networks, came to another result: try other seeds.");
  return {found, text};
}

Playground.experiments = {EXPERIMENTS, sidesOf, outcome, conclusion};
})();
