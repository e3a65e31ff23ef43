// ---- The controls of a setting, each with an explanation ----
(() => {
"use strict";

const LABELS = {
  task: "Task", delay: "Delay", cell: "Cell", state: "State function", gate: "Gate function", start: "Initial U", gain: "Gain of U",
  bias: "Gate bias", optimiser: "Optimiser", rate: "Learning rate", clip: "Clip gradient at", units: "Units", networks: "Networks", seed: "Seed",
};

const HELP = {
  task: "What the networks must learn. Recall: name the first symbol after noise. Adding: the sum of two marked numbers. Parity: is the number of ones odd? Counting: as many b's as there were a's. Digits: which digit, read row by row.",
  delay: "Recall: the steps from the symbol to the end. Adding and parity: the steps of a sequence. Counting: the letters of the longest word. The more, the more often the gradient is multiplied on its way back.",
  cell: "SimpleRNN: h ← f(W x + U h + b). GRU, LSTM and minGRU have gates, which decide what is kept.",
  state: "The activation function f of the state (in gated cells: of the candidate). Colours in the plots are those of this function.",
  gate: "The activation function of the gates. A gate needs values between 0 and 1; other functions may let the state grow.",
  start: "How the recurrent matrix U is initialised. Orthogonal keeps lengths, the identity keeps the state as it is, Glorot's are small random numbers.",
  gain: "U is initialised to an orthogonal matrix times this number. Above 1 a linear network's gradient grows at each step, below 1 it shrinks.",
  bias: "Initial bias of the gate that keeps the state: LSTM's forget gate, the update gate of GRU and minGRU. With 3 it is open at first: the state is kept.",
  optimiser: "Adam scales each weight's step by the gradients it has seen; SGD takes the gradient as it is, so that a large one means a large step.",
  rate: "How far each training step goes. Adam often wants 0.01 here, SGD more. Too large, and the loss jumps or the network diverges.",
  clip: "If the gradient of all weights together is longer than this, it is shortened to it; the direction stays.",
  units: "Size of the state: how many numbers a network carries from step to step.",
  networks: "How many networks learn side by side. They differ by their random initial weights and their batches: the band shows how much that matters.",
  seed: "Where the random numbers start. The same seed gives the same weights and the same batches.",
};

const GRIDS = {
  delay: [5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200], gain: [0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.7, 2],
  bias: [-3, -2, -1, 0, 1, 2, 3, 4, 5], rate: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], clip: [0, 0.1, 0.3, 1, 3, 10],
  units: [4, 8, 16, 24, 32, 48, 64], networks: [1, 2, 4, 8, 12, 16],
};

const NAMES = {
  task: {recall: "recall", adding: "adding", parity: "parity", counting: "counting aⁿbⁿ", digits: "digits by rows"},
  start: {orthogonal: "orthogonal", identity: "identity", scaled: "orthogonal × gain", glorot: "Glorot"},
  optimiser: {adam: "Adam", sgd: "SGD"},
};

/** How a control is called: what `delay` means depends on the task. */
function labelOf(key, {task}) {
  if (key !== "delay") return LABELS[key];
  return {adding: "Length", parity: "Length", counting: "Longest word"}[task] ?? LABELS.delay;
}

/** How a value is called on the page. */
function nameOf(key, value) {
  if (key === "state" || key === "gate") return Playground.words.label(value);
  if (key === "clip" && value === 0) return "nothing";
  return NAMES[key]?.[value] ?? String(value).replace("-", "−");
}

/** Which controls mean something for these settings. */
function applies(key, s) {
  if (key === "gate" || key === "bias") return s.cell !== "SimpleRNN";
  if (key === "gain") return s.start === "scaled";
  if (key === "start") return s.cell !== "minGRU";
  if (key === "delay") return s.task !== "digits";
  return true;
}

/** All values that may be chosen, by key; a number from the address that is not among them is added. */
function choices(key, value) {
  const {CHOICES} = Playground.settings, grid = GRIDS[key];
  if (CHOICES[key]) return CHOICES[key];
  return grid.includes(value) ? grid : [...grid, value].sort((a, b) => a - b);
}

/** Options of a list; functions of the catalogue stand by family. */
function options(key, value) {
  const {make} = Playground.drawing;
  const option = v => make("option", {value: v, selected: v === value}, nameOf(key, v));
  if (key !== "state" && key !== "gate") return choices(key, value).map(option);
  const families = {};
  for (const name of choices(key, value)) (families[Playground.functions[name].family] ??= []).push(name);
  return Object.entries(families).map(([family, names]) => make("optgroup", {label: family}, ...names.map(option)));
}

/** The form. `onChange(settings)` is called with checked settings. */
function form(id, onChange) {
  const {make} = Playground.drawing;
  const fields = make("div", {class: "pg-fields"});
  const help = make("p", {class: "pg-help"}, "Point at a control or move to it: here stands what it does.");
  let current = null;

  function control(key) {
    const input = key === "seed"
      ? make("input", {type: "number", min: 0, max: Playground.settings.LIMITS.seed.most, step: 1, inputmode: "numeric"})
      : make("select", {});
    input.id = `${id}-${key}`;
    input.dataset.key = key;
    input.setAttribute("aria-describedby", `${id}-${key}-help`);
    const explain = () => { help.replaceChildren(make("b", {}, `${labelOf(key, current)}: `), HELP[key]); };
    input.addEventListener("change", () => {
      const number = typeof current[key] === "number";
      if (number && input.value === "") { input.value = current[key]; return; }
      onChange({...current, [key]: number ? +input.value : input.value});
    });
    const label = make("label", {for: input.id});
    const field = make("div", {class: "pg-field", onpointerenter: explain, onfocusin: explain, onpointerdown: explain}, label, input,
      make("span", {id: `${id}-${key}-help`, hidden: true}, HELP[key]));
    return {key, field, label, input};
  }

  const controls = Object.keys(LABELS).map(control);
  fields.append(...controls.map(c => c.field));
  return {
    element: make("div", {}, fields, help),
    /** Show these settings; a control whose list is open or in use keeps the focus. */
    show(settings) {
      for (const {key, field, label, input} of controls) {
        field.hidden = !applies(key, settings);
        label.textContent = labelOf(key, settings);
        if (key === "seed") input.value = settings.seed;
        else if (current === null || current[key] !== settings[key]) input.replaceChildren(...options(key, settings[key]));
      }
      current = settings;
    },
  };
}

Playground.form = {form, labelOf, nameOf};
})();
