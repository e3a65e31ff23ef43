// ---- The playground's pictures: curves as SVG, time × unit as small canvases ----
(() => {
"use strict";

const HEIGHT = 168;

/** Colour and dash of the first and the second setting; two settings of one function need two colours. */
function looks(sides) {
  const colourOf = side => Playground.functions?.[side.settings.state]?.colour ?? "var(--figure-blue)";
  return sides.map((side, i) => {
    const taken = i === 1 && colourOf(side) === colourOf(sides[0]);
    return {colour: taken ? "var(--figure-muted)" : colourOf(side), dash: i === 1 ? [3.2, 2] : []};
  });
}

/** A round number at or above `value`, where an axis of steps may end. */
function roundUp(value, least = 50) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, least)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map(m => m * size).find(end => end >= Math.max(value, least));
}

/** Median and bands: pale from the lowest to the highest network, darker the middle half. */
function draw(axes, xs, spreads, look, number) {
  const get = key => spreads.map(s => s[key]);
  axes.band(xs, get("least"), get("most"), look.colour, 0.1);
  axes.band(xs, get("low"), get("high"), look.colour, 0.18);
  axes.line(xs, get("middle"), look);
  const last = spreads.findLastIndex(s => Number.isFinite(s.middle));
  if (number && last >= 0) axes.text(xs[last], Math.min(Math.max(spreads[last].middle, axes.y[0]), axes.y[1]), number, {colour: look.colour, dx: 5, dy: 4});
}

/** Which setting is meant, where there are two. */
const who = (sides, i) => sides.length > 1 ? `Setting ${i + 1}` : "Now";

/** Loss (log) or score over the training steps. `end`: where the axis of steps ends. */
function curves(width, sides, key, end) {
  const all = sides.map(side => side.history[key]), shown = looks(sides);
  const report = sides[0].report, isLoss = key === "loss", isError = !isLoss && report.metric === "error";
  const logOf = v => v <= 0 ? -9 : Math.log10(v);
  const lines = isLoss ? all.map(points => points.map(p => Object.fromEntries(Object.entries(p).map(([k, v]) => [k, logOf(v)])))) : all;
  let y = isError ? [0, 2 * report.baseline] : [0, 1];
  if (isLoss) {
    const seen = lines.flat().flatMap(p => [p.least, p.high, p.middle]).filter(v => v > -7 && v < 9);
    y = [Math.floor(Math.min(-1, ...seen)), Math.ceil(Math.max(0.3, ...seen) * 2) / 2];
  }
  const title = isLoss ? "Loss" : isError ? "Error on unseen data" : "Accuracy on unseen data";
  const axes = new Playground.drawing.Axes(width, HEIGHT, [0, end], y, {title, xTitle: "training step", log: isLoss});
  if (!isLoss) {
    axes.level(report.baseline);
    axes.text(end, report.baseline, "baseline: input ignored", {colour: "var(--figure-muted)", anchor: "end", dx: -2, dy: isError ? -5 : 15});
  }
  sides.forEach((side, i) => draw(axes, side.history.steps, lines[i], shown[i], sides.length > 1 ? String(i + 1) : ""));
  return axes.svg(`${title} by training step. ` + sides.map((side, i) => `${who(sides, i)}: ${spokenEnd(side, all[i].at(-1))}`).join(" "));
}

function spokenEnd(side, point) {
  if (!point || !Number.isFinite(point.middle)) return "half of the networks or more diverged.";
  const {brief} = Playground.words;
  const ends = [point.least, point.most].map(v => Number.isFinite(v) ? brief(v) : "diverged").join(" to ");
  return `median ${brief(point.middle)}, networks from ${ends}, at step ${side.history.last}.`;
}

/** Norm of the loss's gradient by lag, as powers of ten. */
function lag(width, sides, title = "Gradient by lag") {
  const shown = looks(sides);
  const lines = sides.map(({report}) => report.lag.lags.map((_, k) =>
    Playground.history.spread(report.lag.each.filter((_, n) => !report.networks[n].diverged).map(logs => Math.max(logs[k], -60)))));
  const seen = lines.flat().flatMap(s => [s.low, s.high, s.middle]).filter(Number.isFinite);
  const high = Math.ceil(Math.max(0, ...seen)), low = Math.max(-30, Math.floor(Math.min(-3, high - 3, ...seen)));
  const last = Math.max(...sides.map(({report}) => report.lag.lags.at(-1)));
  const axes = new Playground.drawing.Axes(width, HEIGHT, [0, last], [low, high], {title, xTitle: "steps back from the end, k", log: true});
  sides.forEach(({report}, i) => {
    if (lines[i].every(s => s.middle !== undefined)) draw(axes, report.lag.lags, lines[i], shown[i], sides.length > 1 ? String(i + 1) : "");
  });
  const words = sides.map(({report}, i) => {
    const ends = [lines[i][0]?.middle, lines[i].at(-1)?.middle];
    return ends.every(Number.isFinite) ? `${who(sides, i)}: median 10 to the power ${ends[0].toFixed(1)} at the end, ${ends[1].toFixed(1)} at lag ${report.lag.lags.at(-1)}.` : "";
  });
  return axes.svg(`${title}: norm of the gradient of the loss with respect to the state k steps before the end, on a log scale. ${words.join(" ")}`);
}

/** Singular values of U of the watched network, which of a kept setting may be another one. */
function singular(width, sides) {
  const shown = looks(sides), lists = sides.map(({report}) => Array.from(report.singular ?? []).filter(Number.isFinite));
  const numbers = [...new Set(sides.map(({report}) => (report.map?.network ?? 0) + 1))];
  const title = `Singular values of U, network${numbers.length > 1 ? "s" : ""} ${numbers.join(" and ")}`;
  const most = Math.max(1.5, ...lists.flat()), longest = Math.max(2, ...lists.map(list => list.length));
  const axes = new Playground.drawing.Axes(width, HEIGHT, [0.5, longest + 0.5], [0, Math.ceil(Math.min(most, 1e4) * 2) / 2], {title, xTitle: "from the largest to the smallest"});
  axes.level(1);
  const none = sides.some(side => side.settings.cell === "minGRU") ? "minGRU has no U" : "";
  if (none) axes.text(1, 0, none, {colour: "var(--figure-muted)", dy: -8});
  lists.forEach((list, i) => {
    const xs = list.map((_, n) => n + 1);
    axes.line(xs, list, {...shown[i], width: 1.4});
    axes.dots(xs, list, shown[i].colour);
  });
  const words = lists.map((list, i) => list.length ? `${who(sides, i)}: from ${list[0].toFixed(2)} to ${list.at(-1).toFixed(2)}.` : "");
  return axes.svg(`${title}, the recurrent matrix, with a line at 1. ${none} ${words.join(" ")}`);
}

/** Share of saturated and of dead units by time step, of the watched network. */
function shares(width, report) {
  const steps = report.saturated.length, xs = Array.from({length: steps}, (_, t) => t + 1);
  const axes = new Playground.drawing.Axes(width, 140, [0.5, steps + 0.5], [0, 1], {title: "Share of units", xTitle: "time step"});
  axes.line(xs, Array.from(report.saturated), {colour: "var(--figure-vermillion)"});
  axes.line(xs, Array.from(report.dead), {colour: "var(--figure-ink)", dash: [3, 2]});
  const mean = list => `${Math.round(100 * Array.from(list).reduce((a, b) => a + b, 0) / steps)} %`;
  return axes.svg(`Share of saturated and of dead units by time step. On average ${mean(report.saturated)} are saturated and ${mean(report.dead)} dead.`);
}

// ---- time × unit ----

/** Three or two colours of the page's theme, mixed into 256: red, green, blue, opacity. */
function ramp(names, element) {
  const probe = document.createElement("span");
  element.append(probe);
  const ends = names.map(name => {
    probe.style.color = `var(--figure-${name})`;
    return [...getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number), 255];
  });
  probe.remove();
  return Array.from({length: 256}, (_, i) => {
    const at = i / 255 * (ends.length - 1), low = Math.min(Math.floor(at), ends.length - 2), part = at - low;
    return ends[low].map((value, c) => Math.round(value + part * (ends[low + 1][c] - value)));
  });
}

/** What 95 % of the numbers, which are finite, do not exceed in size. */
const mostly = values => Playground.history.quantile(Float64Array.from(values, Math.abs).sort(), 0.95);

/** Paint values (steps × units) so that time runs to the right and a unit is a row. */
function heat(canvas, values, steps, units, [low, high], colours) {
  canvas.width = steps;
  canvas.height = units;
  const context = canvas.getContext("2d"), image = context.createImageData(steps, units);
  for (let t = 0; t < steps; t += 1) {
    for (let j = 0; j < units; j += 1) {
      const value = values[t * units + j], at = 4 * (j * steps + t);
      const share = Number.isNaN(value) ? 0.5 : Math.min(Math.max((value - low) / (high - low), 0), 1);
      image.data.set(colours[Math.round(share * 255)], at);
    }
  }
  context.putImageData(image, 0, 0);
}

Playground.plots = {looks, curves, lag, singular, shares, ramp, heat, mostly, roundUp};
})();
