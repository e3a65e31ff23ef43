// ---- What a setting did so far: one point a report, thinned so that a long run stays light ----
(() => {
"use strict";

const MOST_POINTS = 240;

/** The value below which the share `q` of the numbers lies; an infinite neighbour makes it infinite. */
function quantile(sorted, q) {
  const at = q * (sorted.length - 1), low = Math.floor(at), high = Math.ceil(at);
  if (low === high || sorted[low] === sorted[high]) return sorted[low];
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/**
 * Median, middle half (low, high) and extremes (least, most) over the networks. Infinite
 * numbers, those of networks that diverged, count in the median and are left out of the rest.
 */
function spread(values) {
  const all = Float64Array.from(values).sort(), sorted = all.filter(Number.isFinite);
  return {
    middle: quantile(all, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75),
    least: sorted[0], most: sorted[sorted.length - 1],
  };
}

/** A number of a network; one that diverged is as bad as can be, so that a median still means something. */
function numberOf(network, key, worst) {
  const value = network[key];
  return network.diverged || value === null || Number.isNaN(value) ? worst : value;
}

/** Curves of loss and score over the steps, every network's own and their spread. */
class History {
  constructor() { this.clear(); }

  clear() {
    this.steps = [];
    this.loss = [];  // by point: {middle, low, high, least, most}
    this.score = [];
    this.gap = 0;  // points are at least so many steps apart, the newest excepted
    this.last = -1;
  }

  /** Take a report in. A point is kept every so many reports, and the newest always. */
  add(report) {
    if (report.step < this.last) this.clear();
    const worst = report.higherIsBetter ? -Infinity : Infinity;
    const point = [
      spread(report.networks.map(net => numberOf(net, "loss", Infinity))),
      spread(report.networks.map(net => numberOf(net, "accuracy", worst))),
    ];
    const n = this.steps.length;
    if (report.step === this.last || (n > 1 && this.last - this.steps[n - 2] < this.gap)) this._drop(n - 1);
    this.steps.push(report.step);
    this.loss.push(point[0]);
    this.score.push(point[1]);
    this.last = report.step;
    if (this.steps.length > MOST_POINTS) {
      this.gap = 2 * this.last / MOST_POINTS;
      for (let i = this.steps.length - 2; i > 0; i -= 1) if (this.steps[i] - this.steps[i - 1] < this.gap) this._drop(i);
    }
  }

  _drop(index) {
    for (const list of [this.steps, this.loss, this.score]) list.splice(index, 1);
  }

  /** The same curves, which no later report changes. */
  copy() {
    const other = new History();
    for (const key of ["steps", "loss", "score"]) other[key] = this[key].slice();
    other.last = this.last;
    return other;
  }
}

Playground.history = {History, spread, quantile};
})();
