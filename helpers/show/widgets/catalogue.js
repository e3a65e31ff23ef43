// ---- The catalogue: functions, their derivatives, and where they are saturated ----
const FAR = 6, SHARE = 0.1;

/** x from −FAR to FAR, with a point on either side of every kink so that jumps stay sharp. */
function gridFor(kinks) {
  const even = Array.from({length: 601}, (_, i) => -FAR + i * FAR / 300);
  const sides = kinks.flatMap(k => [k - 1e-9, k + 1e-9]);
  return even.filter(x => !kinks.some(k => Math.abs(x - k) < 1e-9)).concat(sides).sort((a, b) => a - b);
}

/** Where |f'| is below a tenth of its largest value: "no" for a function whose slope has no largest value. */
const saturated = ({slope, slopeMax}, x) => Number.isFinite(slopeMax) && Math.abs(slope(x)) < SHARE * slopeMax;

const CATALOGUE_HINT = "Tick functions to compare them. The bars show where each is saturated: |f′| below a tenth of its largest value γ."
  + " Move x to read values.";
start("catalogue", CATALOGUE_HINT, draw => {
  const boxes = {};
  const groups = Object.entries(functionOptions()), rest = {};
  for (const [, members] of groups) if (Object.keys(members).length === 1) Object.assign(rest, members);
  const shown = [...groups.filter(([, members]) => Object.keys(members).length > 1), ["others", rest]];
  const families = shown.map(([family, members]) => make("div", {class: "rw-family", role: "group", "aria-label": family},
    make("span", {class: "rw-label", "aria-hidden": "true"}, family),
    make("div", {}, ...Object.entries(members).map(([name, label]) => {
      boxes[name] = make("input", {type: "checkbox", value: name, checked: ["tanh", "sigmoid", "relu"].includes(name)});
      boxes[name].addEventListener("input", () => {
        told.textContent = `${label} ${boxes[name].checked ? "added" : "removed"}; ${chosen().length} shown.`;
        draw();
      });
      const {colour, dash} = FUNCTIONS[name];
      const key = make("span", {class: "rw-key", "aria-hidden": "true"});
      const dashes = dash.map(d => d * 2.5).join(" ") || "none";
      key.innerHTML = `<svg width="26" height="8"><path d="M1 4H25" style="stroke:${colour};stroke-width:2.5;stroke-dasharray:${dashes}"/></svg>`;
      return make("label", {}, boxes[name], key, label);
    }))));
  // On a phone the list would push the picture off the screen: there it begins folded.
  const summary = make("summary");
  const picker = make("details", {class: "rw-wide", open: innerWidth > 500}, summary, ...families);
  const x = slider("Read at x", {min: -FAR, max: FAR, step: 0.05, value: 2}, draw);
  x.element.classList.add("rw-wide");
  const told = make("p", {class: "rw-readout", role: "status", "aria-live": "polite"});
  const body = make("tbody");
  const head = ["function", "range", "f′(0)", "γ", "f(x)", "f′(x)"].map(text => make("th", {scope: "col"}, text));
  const table = make("table", {class: "rw-table"}, make("thead", {}, make("tr", {}, ...head)), body);
  const chosen = () => Object.keys(FUNCTIONS).filter(name => boxes[name].checked);

  function picture(width) {
    const names = chosen(), at = x.value;
    const looks = names.map(name => FUNCTIONS[name]);
    const grids = looks.map(look => gridFor(look.kinks));
    const limits = (values, low, high, least) =>
      [Math.max(low, Math.min(least[0], ...values)) - 0.15, Math.min(high, Math.max(least[1], ...values)) + 0.15];
    const values = looks.map((look, i) => grids[i].map(look.f)), slopes = looks.map((look, i) => grids[i].map(look.slope));
    const space = labelSpace([...looks.map(look => look.label), "tanh"], width), left = 36;
    const box = (top, height) => ({left, top, width: width - left - space, height});
    const upper = new Panel(box(30, 210), [-FAR, FAR], limits(values.flat(), -3, 4, [-1, 1]));
    const lower = new Panel(box(290, 150), [-FAR, FAR], limits(slopes.flat(), -1, 2.5, [0, 1]));
    const bars = new Panel(box(488, Math.max(names.length * 18, 18)), [-FAR, FAR], [names.length || 1, 0]);
    upper.axes({yTitle: "f(x)", xCount: 6, yCount: 4, xNumbers: false});
    lower.axes({yTitle: "f′(x)", xCount: 6, yCount: 3, xNumbers: false});
    bars.axes({xTitle: "x", yTitle: "saturated where |f′| < 0.1 γ", xCount: 6, yCount: 0.01});
    summary.textContent = `Functions: ${names.length} of ${Object.keys(FUNCTIONS).length} shown`;
    const rows = [];
    looks.forEach((look, i) => {
      const {colour, dash} = look, grid = grids[i], dull = grid.map(v => saturated(look, v));
      const only = (ys, where) => ys.map((y, j) => where[j] ? y : NaN);
      upper.line(grid, only(values[i], dull), {colour, width: 9, opacity: 0.22});
      lower.line(grid, only(slopes[i], dull), {colour, width: 9, opacity: 0.22});
      upper.line(grid, values[i], {colour, dash});
      // The derivative has no value at a kink: its line is broken there.
      const afterKink = v => look.kinks.some(k => Math.abs(v - k) < 1e-8 && v > k);
      const broken = slopes[i].map((s, j) => afterKink(grid[j]) ? [NaN, s] : [s]);
      lower.line(grid.flatMap((v, j) => broken[j].map(() => v)), broken.flat(), {colour, dash});
      bars.line(grid, only(grid.map(() => i + 0.5), dull), {colour, width: 10, opacity: 0.75});
      upper.end(values[i].at(-1), look.label, colour);
      lower.end(slopes[i].at(-1), look.label, colour);
      bars.end(i + 0.5, Number.isFinite(look.slopeMax) ? look.label : `${look.label}: γ = ∞`, colour);
      const numbers = [look.range, show(look.slopeAtZero), show(look.slopeMax), show(look.f(at), 3), show(look.slope(at), 3)];
      rows.push(make("tr", {}, make("th", {scope: "row", style: `color:${colour}`}, look.label),
        ...numbers.map(text => make("td", {}, text))));
    });
    for (const panel of [upper, lower, bars]) panel.line([at, at], panel.y, {colour: "var(--figure-ink)", width: 1});
    looks.forEach(look => {
      upper.dot(at, look.f(at), {colour: look.colour, radius: 3.5});
      lower.dot(at, look.slope(at), {colour: look.colour, radius: 3.5});
    });
    body.replaceChildren(...rows);
    const words = looks.map(look =>
      `${look.label}: range ${look.range}, slope ${show(look.slopeAtZero)} at 0, at most ${show(look.slopeMax)}`);
    const alt = "Three panels over x from −6 to 6: the functions, their derivatives, and bars where each is saturated. ";
    return svg(width, 532 + bars.height, [upper, lower, bars].map(p => p.labels(space)), `${alt}${words.join("; ")}.`);
  }
  return {controls: [picker, x.element], below: [table, told], picture, saturated, chosen};
});
