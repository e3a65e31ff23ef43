// ---- What a reader may set, within which limits, and how it stands in the address ----
Playground.add("settings", ({functions}) => {
  const DEFAULTS = {
    task: "recall", delay: 20,
    cell: "SimpleRNN", state: "tanh", gate: "sigmoid",
    start: "orthogonal", gain: 1, bias: 1,
    optimiser: "adam", rate: 0.003, clip: 1,
    units: 32, networks: 8, seed: 1,
  };

  /** Smallest, largest, and `whole` where only whole numbers make sense. */
  const LIMITS = {
    delay: {least: 2, most: 200, whole: true},
    gain: {least: 0.1, most: 3},
    bias: {least: -6, most: 6},
    rate: {least: 1e-5, most: 10},
    clip: {least: 0, most: 1000},
    units: {least: 2, most: 64, whole: true},
    networks: {least: 1, most: 16, whole: true},
    seed: {least: 0, most: 999999, whole: true},
  };

  const CHOICES = {
    task: ["recall", "adding", "parity", "counting", "digits"],
    cell: ["SimpleRNN", "GRU", "LSTM", "minGRU"],
    state: Object.keys(functions),
    gate: Object.keys(functions),
    start: ["orthogonal", "identity", "scaled", "glorot"],
    optimiser: ["adam", "sgd"],
  };

  /** What an address may hold besides: the page's affair. */
  const OTHERS = ["experiment", "claim"];

  const shown = value => String(value).slice(0, 40);  // the address may hold anything

  function wrong(name, value) {
    if (name in CHOICES) {
      if (CHOICES[name].includes(value)) return null;
      const choices = CHOICES[name].length > 8 ? "a function of the catalogue" : CHOICES[name].join(", ");
      return `${name}=${shown(value)} is not known; choose ${choices}. ${DEFAULTS[name]} is used.`;
    }
    const {least, most, whole} = LIMITS[name];
    const number = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
    if (number >= least && number <= most && (!whole || Number.isInteger(number))) return null;
    const kind = whole ? "a whole number" : "a number";
    return `${name}=${shown(value)} is not ${kind} from ${least} to ${most}; ${DEFAULTS[name]} is used.`;
  }

  /**
   * Settings that are complete and within the limits, from an object that need be neither.
   * Whatever is missing or wrong gets its default; what was wrong is said in `problems`.
   */
  function check(raw) {
    const settings = {};
    const problems = [];
    for (const name of Object.keys(DEFAULTS)) {
      const value = Object.hasOwn(raw ?? {}, name) ? raw[name] : undefined;
      const problem = value === undefined ? null : wrong(name, value);
      if (problem) problems.push(problem);
      if (value === undefined || problem) settings[name] = DEFAULTS[name];
      else settings[name] = name in CHOICES ? value : Number(value);
    }
    for (const name of Object.keys(raw ?? {})) {
      if (!Object.hasOwn(DEFAULTS, name) && !OTHERS.includes(name)) problems.push(`There is no setting ${shown(name)}; it is ignored.`);
    }
    return {settings, problems};
  }

  /** Settings as the last part of an address, "#task=recall&delay=20&...". */
  function toAddress(settings) {
    const pairs = Object.keys(DEFAULTS).map(name => [name, String(settings[name] ?? DEFAULTS[name])]);
    return "#" + new URLSearchParams(pairs).toString();
  }

  /** The settings of an address. Text without "=" is the name of a heading, and sets nothing. */
  function fromAddress(text) {
    const bare = String(text ?? "").replace(/^[#?]/, "");
    return check(bare.includes("=") ? Object.fromEntries(new URLSearchParams(bare)) : {});
  }

  return {DEFAULTS, LIMITS, CHOICES, check, toAddress, fromAddress};
});
