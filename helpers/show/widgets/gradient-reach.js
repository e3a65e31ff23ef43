// ---- How far a gradient reaches back in a recurrent network that reads noise ----
const UNITS = 24, STEPS = 100, KEPT = 3;
const START_NAMES = {orthogonal: "orthogonal", identity: "identity", gaussian: "Gaussian"};

/** U and the inputs of one draw. Both have a stream of their own, so that a new start keeps the inputs. */
function drawNetwork(startName, gain, seed) {
  const U = STARTS[startName](normalNumbers(2 * seed), UNITS).map(row => row.map(value => gain * value));
  const normal = normalNumbers(2 * seed + 1);
  const inputs = Array.from({length: STEPS}, () => Array.from({length: UNITS}, normal));
  return {U, inputs};
}

/** log10 of the norm of ∂h_T/∂h_{T−k} by lag k, of Pascanu's bound, and the step at which the state is lost. */
function reach({name, start: startName, gain, scale, seed}) {
  const {f, slope, slopeMax} = FUNCTIONS[name];
  const {U, inputs} = drawNetwork(startName, gain, seed);
  const slopes = [];
  let state = new Array(UNITS).fill(0), lost = null;
  inputs.forEach((x, t) => {
    const a = times(U, state).map((value, i) => value + scale * x[i]);
    slopes.push(a.map(slope));
    state = a.map(f);
    if (lost === null && !state.every(Number.isFinite)) lost = t + 1;
  });
  const factor = Math.log10(slopeMax * largestSingularValue(U, new Array(UNITS).fill(1)));
  return {logs: productNorms(U, slopes), bound: inputs.concat([0]).map((_, k) => k ? k * factor : 0), lost};
}

const REACH_HINT = "Change the function, the gain or the initial U: how much of a change k steps ago still reaches the last state?";
start("gradient-reach", REACH_HINT, draw => {
  let seed = 1, kept = [];
  const name = chooser("Function f", functionOptions(), "tanh", draw);
  const from = chooser("Initial U", START_NAMES, "orthogonal", draw);
  const gain = slider("Gain of U", {min: 0.1, max: 4, step: 0.05, value: 1}, draw);
  const scale = slider("Input scale", {min: 0, max: 3, step: 0.05, value: 0.5}, draw);
  const settings = () => ({name: name.value, start: from.value, gain: gain.value, scale: scale.value, seed});
  const list = make("ul", {class: "rw-kept"});
  const readout = make("p", {class: "rw-readout", role: "status", "aria-live": "polite"});
  const describe = s => `${FUNCTIONS[s.name].label}, ${START_NAMES[s.start]}, gain ${show(s.gain)}, input ${show(s.scale)}`;

  function keep(what) {
    kept = [...kept, {...what, ...reach(what)}].slice(-KEPT);
  }
  function listKept() {
    list.replaceChildren(...kept.map((one, i) => make("li", {},
      make("span", {}, `${i + 1}: ${describe(one)}${one.seed === seed ? "" : ", earlier draw"} `),
      make("button", {type: "button", class: "rw-button rw-small", "aria-label": `Remove curve ${i + 1}`, onclick: () => {
        kept.splice(i, 1);
        draw();
        (list.querySelector("button") || keepButton).focus();
      }}, "remove"))));
  }
  const keepButton = button("Keep this curve", () => { keep(settings()); draw(); });
  const again = button("Draw U and inputs anew", () => { seed += 1; draw(); });
  keep({...settings(), name: "sigmoid"});
  keep({...settings(), name: "relu", start: "identity"});

  function picture(width) {
    const now = {...settings(), ...reach(settings())};
    const {label, colour, dash, slopeMax} = FUNCTIONS[now.name];
    const bounded = Number.isFinite(slopeMax);
    const curves = [...kept, now];
    const finite = curves.flatMap(c => c.logs).concat(bounded ? now.bound : []).filter(Number.isFinite);
    const low = [-10, -20, -40, -80, -160].find(v => v <= Math.min(...finite)) ?? -160;
    const high = [4, 10, 20, 40, 80].find(v => v >= Math.max(...finite)) ?? 80;
    const names = curves.map((c, i) => c === now ? label : `${i + 1}: ${FUNCTIONS[c.name].label}`);
    const space = labelSpace([...names, "bound"], width);
    const panel = new Panel({left: 40, top: 30, width: width - 40 - space, height: 300}, [0, STEPS], [low, high]);
    panel.axes({xTitle: "lag k (steps back)", yTitle: "log₁₀ of the norm of ∂h_{T} / ∂h_{T−k}", yCount: 7});
    const lags = now.logs.map((_, k) => k);
    if (bounded) {
      panel.line(lags, now.bound, {colour: "var(--figure-muted)", width: 1.5, dash: [1.5, 3]});
      const inSight = now.bound.filter(v => v >= low && v <= high);
      panel.end(inSight.at(-1), "bound", "var(--figure-muted)");
    }
    curves.forEach((curve, i) => {
      const look = FUNCTIONS[curve.name];
      const weight = curve === now ? {width: 3} : {width: 1.6, opacity: 0.75};
      panel.line(lags, curve.logs, {colour: look.colour, dash: look.dash, ...weight});
      if (!Number.isNaN(curve.logs.at(-1))) panel.end(Math.max(curve.logs.at(-1), low), names[i], look.colour);
    });
    const at = k => show(now.logs[k], 1);
    const told = now.lost !== null ? `${describe(now)}: the state overflows at step ${now.lost}; there is no gradient.`
      : now.logs.at(-1) === -Infinity ? `${describe(now)}: the gradient is exactly 0 from lag ${now.logs.indexOf(-Infinity)} on.`
      : `${describe(now)}: log₁₀ of the norm is ${at(10)} at lag 10, ${at(50)} at lag 50, ${at(100)} at lag 100`;
    const bound = bounded ? `bound (γ σₘₐₓ)ᵏ: ${show(now.bound.at(-1), 1)} at lag 100` : "γ is infinite: no bound";
    readout.textContent = now.lost !== null ? told : `${told.replace(/\.$/, "")}; ${bound}.`;
    listKept();
    const others = kept.map((c, i) => `${names[i]} ends at ${show(c.logs.at(-1), 1)}`).join("; ");
    const alt = `Lines: log10 of the gradient's norm against the lag, 0 to 100. ${readout.textContent}`;
    return svg(width, 372, [panel.labels(space)], others ? `${alt} Kept for comparison: ${others}.` : alt);
  }
  const buttons = make("div", {class: "rw-buttons"}, keepButton, again);
  return {controls: [name.element, from.element, gain.element, scale.element, buttons],
    below: [readout, list], picture, settings, reach, drawNetwork};
});
