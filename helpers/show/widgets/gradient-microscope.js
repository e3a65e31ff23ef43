// ---- A microscope for gradients: state, slope and gradient of a small network by step and unit ----
const LETTERS = "abcdefghijklmnopqrstuvwxy", TOP = LETTERS.length - 1;

/** The cells of a map as paths, one for each opacity; `look(level)` gives colour and opacity. */
function cells(letters, look) {
  const paths = new Map();
  [...letters].forEach((letter, i) => {
    const {colour, opacity} = look(LETTERS.indexOf(letter));
    if (opacity === 0) return;
    const style = `stroke:${colour};stroke-opacity:${opacity}`;
    // Step after step: a cell is a stroke of length 1 in the row of its unit.
    paths.set(style, `${paths.get(style) ?? ""}M${Math.floor(i / SCOPE.units)} ${i % SCOPE.units + 0.5}h1`);
  });
  return [...paths].map(([style, path]) => `<path d="${path}" style="${style}"/>`).join("");
}

const signed = level => ({colour: level < TOP / 2 ? "var(--figure-vermillion)" : "var(--figure-blue)",
  opacity: +(Math.round(Math.abs(level - TOP / 2)) / (TOP / 2)).toFixed(2)});
const rising = colour => level => ({colour, opacity: +(Math.ceil(level / 2) / (TOP / 2)).toFixed(2)});
const MAPS = [
  {key: "state", title: "state h_{t}: blue above 0, orange below", look: signed},
  {key: "slope", title: "slope f′(a_{t}): full colour is 1", look: rising("var(--figure-green)")},
  {key: "gradient", title: `size of ∂L/∂h_{t}: full colour is the largest, blank ${SCOPE.decades} powers of ten below`, look: rising("var(--figure-purple)")},
];
const INITIAL_NAMES = {orthogonal: "orthogonal", identity: "identity"};
const TIMES = {before: "before training", after: `after ${SCOPE.updates} updates`};

const SCOPE_HINT = `A network with ${SCOPE.units} units reads one sign, then noise, and says the sign at step ${SCOPE.steps}. How far back does its gradient get?`;
start("gradient-microscope", SCOPE_HINT, draw => {
  const known = Object.keys(RUNS).map(key => key.split(" ")[0]);
  const names = Object.fromEntries(known.map(name => [name, FUNCTIONS[name].label]));
  const name = chooser("Function f", names, "tanh", draw);
  const initial = chooser("Initial U", INITIAL_NAMES, "orthogonal", draw);
  const time = chooser("When", TIMES, "before", draw);
  const readout = make("p", {class: "rw-readout", role: "status", "aria-live": "polite"});

  function picture(width) {
    const run = RUNS[`${name.value} ${initial.value} ${time.value}`];
    const box = {left: 40, width: width - 56, height: 96}, small = "fill:var(--figure-muted);font-size:12px";
    const panels = MAPS.map(({key, title, look}, row) => {
      const at = {...box, top: 24 + row * 128}, frame = "fill:none;stroke:var(--figure-muted);stroke-width:1";
      const words = (x, y, anchor, text, style = small) => `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}" style="${style}">${subscripts(text)}</text>`;
      const last = row === MAPS.length - 1, middle = t => (t - 0.5) / SCOPE.steps * at.width;
      return `<g transform="translate(${at.left} ${at.top})">`
        + `<svg width="${pixel(at.width)}" height="${at.height}" viewBox="0 0 ${SCOPE.steps} ${SCOPE.units}" preserveAspectRatio="none">${cells(run[key], look)}</svg>`
        + `<rect width="${pixel(at.width)}" height="${at.height}" style="${frame}"/>`
        + words(0, -7, "start", width < 450 ? title.split(":")[0] : title, "fill:var(--figure-ink)") + words(-6, 11, "end", "1") + words(-6, at.height, "end", String(SCOPE.units))
        + (last ? [1, 6, 12, 18, SCOPE.steps].map(t => words(middle(t), at.height + 16, "middle", String(t))).join("")
          + words(at.width / 2, at.height + 34, "middle", "step t", "fill:var(--figure-ink)") : "") + "</g>";
    });
    const reach = run.reach === null ? "is exactly 0" : `is ${showPower(run.reach)} times that at step ${SCOPE.steps}`;
    readout.textContent = `${names[name.value]}, ${initial.value} U, ${TIMES[time.value]}: in this sequence the gradient at step 1 ${reach}; `
      + `the network is right on ${show(100 * run.right, 0)} % of new sequences.`;
    return svg(width, 424, panels, `Three maps of ${SCOPE.steps} steps by ${SCOPE.units} units: state, slope and size of the gradient. ${readout.textContent}`);
  }
  return {controls: [name.element, initial.element, time.element], below: [readout], picture, runs: RUNS};
});
