// ---- The critical gain by mean-field theory (see helpers/measures/mean_field.py, whose steps these are) ----
const VARIANCES = [0, ...Array.from({length: 961}, (_, i) => 10 ** (-12 + i / 40))];
const GAINS = Array.from({length: 121}, (_, i) => 10 ** (-3 + i / 20));
const END = 12, START = 1;
const Z_CUTS = Array.from({length: 17}, (_, i) => -END + 1.5 * i);
const POWERS = Array.from({length: 15}, (_, i) => 2 ** (i - 6));

/** Nodes and weights of Gauss and Legendre on [−1, 1], by Newton's method. */
const PANEL = Array.from({length: 12}, (_, i) => {
  let x = Math.cos(Math.PI * (i + 0.75) / 12.5), slope = 1;
  for (let round = 0; round < 20; round += 1) {
    let before = 1, now = x;
    for (let n = 2; n <= 12; n += 1) [before, now] = [now, ((2 * n - 1) * x * now - (n - 1) * before) / n];
    slope = 12 * (before - x * now) / (1 - x * x);
    x -= now / slope;
  }
  return {x, weight: 2 / ((1 - x * x) * slope * slope)};
});

/** E[g(a)²] for a normal with variance q and mean b, in panels that end at the kinks. */
function meanSquare(g, q, b, kinks) {
  const root = Math.sqrt(q);
  const places = [0, ...POWERS, ...POWERS.map(p => -p), ...kinks].map(a => a === b ? 0 : clip((a - b) / root, -END, END));
  const edges = Float64Array.from([...Z_CUTS, ...places]).sort();
  let sum = 0;
  for (let i = 1; i < edges.length; i += 1) {
    const half = (edges[i] - edges[i - 1]) / 2, middle = (edges[i] + edges[i - 1]) / 2;
    if (half === 0) continue;
    for (const {x, weight} of PANEL) {
      const z = middle + half * x, value = g(b + root * z);
      sum += half * weight * Math.exp(-z * z / 2) * value * value;
    }
  }
  return sum / Math.sqrt(2 * Math.PI);
}

/** χ for gain 1 at variance q: at 0 and at infinity its limit. */
function squaredSlope({slope, kinks}, q, b) {
  const at = variance => meanSquare(slope, variance, b, kinks);
  if (q === Infinity) return at(1e12) > 2 * at(1e10) ? Infinity : at(1e12);
  const value = at(Math.max(q, 1e-26 * Math.max(1, b * b)));
  return q === 0 && value < 1e-12 ? 0 : value;
}

/** What is asked of one function, input variance and bias: the stationary variance, χ, and the critical gain. */
function meanField(unit, input, b) {
  const square = q => meanSquare(unit.f, q, b, unit.kinks);
  const table = VARIANCES.map(square), first = square(START);
  const step = (s, q) => s * s * square(q) + input - q;
  const sign = (change, q) => Math.abs(change) <= 1e-13 * q ? 0 : Math.sign(change) || 0;

  function root(s, low, high) {
    let atLow = step(s, low), atHigh = step(s, high), side = 0;
    for (let round = 0; round < 200 && high - low > 1e-14 * high; round += 1) {
      let q = (low * atHigh - high * atLow) / (atHigh - atLow);  // false position, Illinois form
      if (!(q > low && q < high) || round > 60) q = (low + high) / 2;
      const at = step(s, q);
      if (at === 0) return q;
      if ((at > 0) === (atLow > 0)) { low = q; atLow = at; if (side < 0) atHigh /= 2; side = -1; }
      else { high = q; atHigh = at; if (side > 0) atLow /= 2; side = 1; }
    }
    return (low + high) / 2;
  }
  /** q*, to which the variance moves from START. */
  function stationary(s) {
    const here = sign(s * s * first + input - START, START);
    if (here === 0) return START;
    const change = i => sign(s * s * table[i] + input - VARIANCES[i], VARIANCES[i]);
    let i = VARIANCES.findIndex(q => q > START);
    if (here < 0) i -= VARIANCES[i - 1] === START ? 2 : 1;
    while (i >= 0 && i < VARIANCES.length && change(i) === here) i += here;
    if (i === VARIANCES.length) return Infinity;
    const next = Math.min(Math.max(VARIANCES[i - here] ?? START, here > 0 ? START : 0), here < 0 ? START : Infinity);
    const low = here > 0 ? next : VARIANCES[i], high = here > 0 ? VARIANCES[i] : next;
    const found = change(i) === 0 ? VARIANCES[i] : root(s, low, high);
    const way = VARIANCES.flatMap((q, k) => q >= Math.min(START, low) && q <= Math.max(START, high) ? [table[k]] : []);
    if (way.every((value, k) => k === 0 || value - way[k - 1] >= -1e-12 * value)) return found;
    let q = START;  // a map that falls somewhere on the way is iterated
    for (let round = 0; round < 2000; round += 1) {
      const last = q;
      q += step(s, q);
      if (Math.abs(q - found) <= 1e-6 * found) return found;
      if (Math.abs(q - last) <= 1e-13 * q) return q;
    }
    return Math.abs(q - found) < 0.1 * Math.abs(START - found) ? found : NaN;
  }
  const slope = s => s * s * squaredSlope(unit, stationary(s), b);

  /** The smallest gain beyond which χ > 1. */
  function critical() {
    const still = input === 0 && unit.f(b) === 0 ? squaredSlope(unit, 0, b) : 0;
    if (still > 0 && stationary((1 - 1e-6) / Math.sqrt(still)) < 1e-9) return {gain: 1 / Math.sqrt(still), variance: 0, kind: "crossing"};
    const above = GAINS.findIndex(s => slope(s) > 1);
    if (above < 1) return {gain: NaN, variance: NaN, kind: "none"};
    let low = GAINS[above - 1], high = GAINS[above];
    for (let round = 0; round < 60 && high - low > 1e-13 * high; round += 1) {
      const middle = (low + high) / 2;
      if (slope(middle) > 1) high = middle; else low = middle;
    }
    const below = high * (1 - 1e-7);
    const variance = stationary(low) > 1e9 ? Infinity : stationary(below);
    return {gain: high, variance, kind: slope(below) > 1 - 1e-3 ? "crossing" : "jump"};
  }
  return {stationary, slope, critical};
}

const CRITICAL_HINT = "Choose a function, input and bias: at which gain of a random U do gradients neither vanish nor explode?";
start("critical-gain", CRITICAL_HINT, draw => {
  const name = chooser("Function f", functionOptions(), "tanh", draw);
  const input = slider("Input variance σ²", {min: 0, max: 4, step: 0.05, value: 0.25}, draw);
  const bias = slider("Bias b", {min: -3, max: 3, step: 0.1, value: 0}, draw);
  const gain = slider("Gain s of U", {min: 0.1, max: 15, step: 0.05, value: 1}, draw);
  const readout = make("p", {class: "rw-readout", role: "status", "aria-live": "polite"});
  const AXIS = Array.from({length: 126}, (_, i) => -1 + i / 50);  // log10 of the gains drawn
  const small = value => value !== 0 && Math.abs(Math.log10(value)) > 3 ? showPower(Math.log10(value)) : show(value);
  let kept = {};  // moving the gain alone changes no curve

  function picture(width) {
    const unit = FUNCTIONS[name.value], key = [name.value, input.value, bias.value].join();
    if (kept.key !== key) {
      const theory = meanField(unit, input.value, bias.value);
      kept = {key, theory, border: theory.critical(), logs: AXIS.map(s => Math.log10(theory.slope(10 ** s)))};
    }
    const {theory, border, logs} = kept, s = gain.value, q = theory.stationary(s), chi = theory.slope(s);
    const space = labelSpace([unit.label, "χ = 1"], width);
    const panel = new Panel({left: 40, top: 30, width: width - 40 - space, height: 280}, [-1, 1.5], [-4, 2]);
    panel.axes({xTitle: "gain s of U (equal steps are equal factors)", yTitle: "log₁₀ of χ, growth of the squared gradient per step back", yCount: 6, xNumbers: false});
    for (const at of [-1, -0.5, 0, 0.5, 1, 1.5]) panel.text(at, -4, show(10 ** at, at < 0 ? 2 : at < 1 ? 1 : 0), {dy: 16, anchor: "middle", colour: "var(--figure-muted)"});
    panel.line([-1, 1.5], [0, 0], {colour: "var(--figure-ink)", width: 1.5}).end(0, "χ = 1", "var(--figure-ink)");
    panel.line(AXIS, logs, {colour: unit.colour, dash: unit.dash, width: 3}).end(logs.findLast(Number.isFinite) ?? -4, unit.label, unit.colour);
    panel.dot(Math.log10(s), Math.log10(Math.max(chi, 1e-4)), {colour: "var(--figure-ink)", filled: false});
    const known = !Number.isNaN(border.gain);
    if (known) {
      panel.line([Math.log10(border.gain), Math.log10(border.gain)], [-4, 0], {colour: "var(--figure-muted)", width: 1.5, dash: [1.5, 3]});
      panel.dot(Math.log10(border.gain), 0, {colour: unit.colour});
      panel.text(Math.log10(border.gain), 0, `s* = ${show(border.gain)}`, {dx: -8, dy: -10, anchor: "end", colour: unit.colour});
    }
    const there = border.variance === Infinity ? "there the variance of the pre-activations grows without bound" : `there q* = ${small(border.variance)}`;
    const told = !known ? "χ does not rise through 1 at any gain up to 1000: there is no critical gain."
      : border.kind === "jump" ? `just below s* = ${show(border.gain)} gradients vanish (q* = ${small(border.variance)}), beyond it χ jumps above 1.`
      : `the critical gain is s* = ${show(border.gain)}; ${there}. Below it gradients vanish, above it they explode.`;
    const factor = Math.log10(chi) / 2, settles = q === Infinity ? "the variance grows without bound" : `q* = ${small(q)}`;
    const meaning = chi === Infinity ? "the gradient grows ever faster." : chi === 0 ? "nothing gets through one step."
      : `a step back multiplies the gradient by ${showPower(factor)}, fifty by ${showPower(50 * factor)}.`;
    readout.textContent = `${unit.label}, input variance ${show(input.value)}, bias ${show(bias.value, 1)}: ${told} `
      + `At gain ${show(s)} ${settles} and χ = ${small(chi)}: ${meaning}`;
    const alt = `A line: log10 of χ against the gain from 0.1 to 32, with the border χ = 1. ${readout.textContent}`;
    return svg(width, 352, [panel.labels(space)], alt);
  }
  return {controls: [name.element, input.element, bias.element, gain.element], below: [readout], picture, meanField};
});
