// ---- One unit that feeds itself: h ← f(w h + b), as a cobweb ----
const LONG = 3000, GROWN = 1e6;

/** All solutions of f(w h + b) = h with |h| ≤ 20: single points, or intervals [from, to] of them. */
function fixedPoints(f, w, b) {
  const excess = h => f(w * h + b) - h, step = 0.004, count = 5000;
  const isZero = (h, g) => Math.abs(g) <= 1e-12 * (1 + Math.abs(h));
  const found = [];
  let run = null, before = null;
  for (let i = -count; i <= count; i += 1) {
    const h = i * step, g = excess(h), zero = isZero(h, g);
    if (zero) run = [run ? run[0] : h, h];
    if (run && (!zero || i === count)) {
      found.push(run[1] - run[0] > 1.5 * step ? run : run[0]);
      run = null;
      before = null;
    }
    if (!zero && before !== null && before * g < 0) {
      let low = h - step, high = h;
      for (let round = 0; round < 60; round += 1) {
        const middle = (low + high) / 2;
        if (excess(middle) * g > 0) high = middle; else low = middle;
      }
      if (Math.abs(excess(high)) < 1e-6) found.push(high);  // otherwise the function jumps
    }
    before = zero ? null : g;
  }
  return found;
}

/** Slopes of the map at a fixed point, from its left and its right side, and whether it attracts. */
function stability({slope, kinks}, w, b, h) {
  const kink = kinks.find(k => Math.abs(w * h + b - k) < 1e-9);
  const at = side => w * slope(kink === undefined ? w * h + b : kink + side * Math.sign(w) * 1e-9);
  const left = at(-1), right = at(1);
  // Where the map falls on both sides, a point visits them in turn.
  const sides = left < 0 && right < 0 ? [left * right] : [left, right].filter(m => m >= 0);
  const sizes = sides.map(Math.abs);
  const kind = sizes.every(m => m < 1 - 1e-9) ? "stable" : sizes.every(m => m > 1 + 1e-9) ? "unstable"
    : sizes.some(m => Math.abs(m - 1) <= 1e-9) ? "neutral" : "half-stable";
  return {left, right, kind, slopes: left === right ? show(left) : `${show(left)} | ${show(right)}`};
}

/** The states h_0 ... h_n, and log10 |∂h_n/∂h_0|, the product of the slopes on the way. */
function orbit({f, slope}, w, b, h, n) {
  const states = [h];
  let log = 0;
  for (let t = 0; t < n; t += 1) {
    log += Math.log10(Math.abs(w * slope(w * h + b)));
    h = f(w * h + b);
    states.push(h);
  }
  return {states, log};
}

/** Where the orbit ends, in words. */
function destiny(unit, w, b, h) {
  const states = orbit(unit, w, b, h, LONG).states;
  if (!states.every(s => Math.abs(s) < GROWN)) return "grows without bound";
  for (let period = 1; period <= 8; period += 1) {
    const tail = states.slice(-64);
    if (tail.slice(period).every((s, i) => Math.abs(s - tail[i]) < 1e-6)) {
      if (period === 1) return `settles at h = ${show(tail.at(-1), 3)}`;
      return `goes round ${period} values: ${tail.slice(-period).map(s => show(s)).join(", ")}`;
    }
  }
  return `is still moving after ${LONG} steps`;
}

const MAP_HINT = "Set the slope w and the bias b: where does a single unit go when it reads only itself, h ← f(w h + b)?"
  + " Tap the cobweb to set the initial state.";
start("iterated-map", MAP_HINT, (draw, figure) => {
  let timer = null;
  const changed = () => { stop(); steps.value = 60; draw(); };
  const stop = () => { clearInterval(timer); timer = null; run.textContent = "Run the orbit"; };
  const name = chooser("Function f", functionOptions(), "tanh", () => { fit(); changed(); });
  const w = slider("Slope w", {min: -4, max: 4, step: 0.05, value: 2}, changed);
  const b = slider("Bias b", {min: -3, max: 3, step: 0.05, value: 0}, changed);
  const h0 = slider("Start h₀", {min: -1.5, max: 1.5, step: 0.01, value: 0.05}, changed);
  const steps = slider("Steps shown", {min: 0, max: 60, step: 1, value: 60, digits: 0}, () => { stop(); draw(); });
  const run = button("Run the orbit", () => {
    if (timer !== null) return stop();
    steps.value = 0;
    run.textContent = "Stop";
    // Whoever asks for less motion sees one step a second instead of eight.
    const pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 120;
    timer = setInterval(() => {
      if (!figure.isConnected || steps.value >= 60) return stop();
      steps.value += 1;
      draw();
    }, pause);
    draw();
  });
  const readout = make("p", {class: "rw-readout", role: "status", "aria-live": "polite"});

  /** Half the width of the picture: the whole range of a bounded function, or 3. */
  function reachOf({lower, upper}) {
    const size = Math.max(Math.abs(lower), Math.abs(upper));
    return Number.isFinite(size) ? Math.max(1.5, 1.25 * size) : 3;
  }
  function fit() {
    const size = reachOf(FUNCTIONS[name.value]);
    h0.limits(-size, size);
  }
  let place = null;  // the left panel, to turn a click into a start
  figure.addEventListener("pointerdown", event => {
    const box = figure.getBoundingClientRect(), share = (event.clientX - box.left - place.left) / place.width;
    if (share < 0 || share > 1 || event.clientY - box.top > place.top + place.height) return;
    h0.value = place.x[0] + share * (place.x[1] - place.x[0]);
    changed();
  });

  function picture(width) {
    const unit = FUNCTIONS[name.value], size = reachOf(unit), view = [-size, size];
    const [slope, bias, from, n] = [w.value, b.value, h0.value, steps.value];
    const {states, log} = orbit(unit, slope, bias, from, n);
    const points = fixedPoints(unit.f, slope, bias);
    const side = width >= 560, square = side ? Math.min(width * 0.5 - 40, 340) : width - 46;
    const left = new Panel({left: 36, top: 30, width: square, height: square}, view, view);
    place = left;
    left.axes({xTitle: "h before the step", yTitle: "h after the step", xCount: 4, yCount: 4});
    left.line(view, view, {colour: "var(--figure-muted)", width: 1.5});
    const grid = Array.from({length: 401}, (_, i) => -size + i * size / 200);
    left.line(grid, grid.map(h => unit.f(slope * h + bias)), {colour: unit.colour, dash: unit.dash, width: 3});
    const web = states.flatMap((h, t) => t === 0 ? [[h, h]] : [[states[t - 1], h], [h, h]]);
    left.line(web.map(p => p[0]), web.map(p => p[1]), {colour: "var(--figure-ink)", width: 1.2, opacity: 0.8});
    left.dot(from, from, {colour: "var(--figure-ink)", radius: 3});
    const told = [];
    for (const point of points) {
      if (Array.isArray(point)) {
        left.line(point, point, {colour: "var(--figure-ink)", width: 5, opacity: 0.5});
        told.push(`every h from ${show(point[0])} to ${show(point[1])}${point[1] > 19.9 || point[0] < -19.9 ? " and beyond" : ""}`);
        continue;
      }
      const {kind, slopes} = stability(unit, slope, bias, point);
      told.push(`${show(point, 3)} (${kind}, slope ${slopes})`);
      if (Math.abs(point) > size) continue;
      left.dot(point, point, {colour: "var(--figure-ink)", filled: kind === "stable", radius: 5.5});
      const low = point > 0.45 * size;
      left.text(point, point, `${kind}: slope ${slopes}`, {dx: low ? -8 : 9, dy: low ? -9 : 17, anchor: low ? "end" : "start"});
    }
    const right = side ? new Panel({left: square + 84, top: 30, width: width - square - 96, height: square}, [0, 60], view)
      : new Panel({left: 36, top: square + 106, width: square, height: 170}, [0, 60], view);
    right.axes({xTitle: "step t", yTitle: "h", xCount: side ? 4 : 5, yCount: 4});
    for (const point of points.flat()) right.line([0, 60], [point, point], {colour: "var(--figure-muted)", width: 1, dash: [3, 3]});
    right.line(states.map((_, t) => t), states, {colour: unit.colour, width: 2});
    right.dots(states.map((_, t) => t), states, {colour: unit.colour});
    readout.setAttribute("aria-live", timer === null ? "polite" : "off");  // no flood of words while it runs
    const fixed = told.length ? `Fixed points: ${told.join("; ")}.` : "No fixed point with |h| up to 20.";
    const end = `The orbit ${destiny(unit, slope, bias, from)}.`;
    readout.textContent = `${fixed} ${end} A small change of the start arrives at step ${n} multiplied by ${showPower(log)}.`;
    const height = side ? square + 76 : square + 320;
    const alt = `${side ? "Left" : "Above"}: a cobweb of the map h to f(w h + b) with f = ${unit.label}, `
      + `w = ${show(slope)}, b = ${show(bias)}. ${side ? "Right" : "Below"}: its states from h = ${show(from)} against time. `;
    return svg(width, height, [left, right], alt + readout.textContent);
  }
  return {controls: [name.element, w.element, b.element, h0.element, steps.element, make("div", {class: "rw-buttons"}, run)],
    below: [readout], picture, fixedPoints, stability, orbit, destiny};
});
