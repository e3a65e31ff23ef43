// ---- One setting that is trained: its runner, its pace, its newest report and its curves ----
(() => {
"use strict";

class Side {
  /** `onReport(side)` is called after each report. */
  constructor(settings, label, {onReport, onError}) {
    Object.assign(this, {going: false, pace: 0, target: Infinity, history: new Playground.history.History()});
    this.runner = Playground.createRunner({onError, onReport: report => {
      if (this.report === null && report.step !== 0) return;  // the last word before a new start
      if (report.step === 0) { this.history.clear(); this.first = report; }
      this.report = report;
      this.history.add(report);
      this.follow();
      onReport(this);
    }});
    this.start(settings, label);
  }

  /** New networks. */
  start(settings, label) {
    this.stop();
    Object.assign(this, {settings, label, report: null, first: null, seen: []});
    this.history.clear();
    this.runner.start(settings);
  }

  get step() { return this.report?.step ?? 0; }
  /** Whether nothing is left to do: step `target` is reached, or no network is left that could go on. */
  over(target) { return this.step >= target || (this.report?.networks.every(net => net.diverged) ?? false); }

  /** Steps a second over the last two seconds. */
  get speed() {
    const [first, last] = [this.seen[0], this.seen.at(-1)];
    return last && last.time > first.time ? 1000 * (last.step - first.step) / (last.time - first.time) : 0;
  }

  /** Train up to step `target`, at `pace` steps a second, or as fast as it can (0). */
  run(target, pace) {
    Object.assign(this, {target, pace, going: true, seen: [], due: performance.now(), counted: this.step});
    if (this.over(target)) this.going = false;
    else if (pace > 0) this.portion();
    else if (Number.isFinite(target)) this.runner.step(target - this.step);
    else this.runner.run();
  }

  /** With a pace the training goes in portions of a tenth of a second; larger ones if it is late. */
  portion() {
    if (!this.going) return;
    const late = Math.min(1000, performance.now() - this.due);
    const count = Math.max(1, Math.round(this.pace * (late + 100) / 1000));
    this.due = performance.now() - late + 1000 * count / this.pace;
    this.runner.step(Math.min(count, this.target - this.step));
  }

  /** After a report: the next portion when it is due. */
  follow() {
    const now = performance.now();
    this.seen = [...this.seen.filter(({time}) => time > now - 2000), {time: now, step: this.step}];
    if (!this.going || this.report.running) return;
    if (this.over(this.target)) this.going = false;
    else if (this.pace > 0) this.timer = setTimeout(() => this.portion(), Math.max(0, this.due - now));
  }

  stop() {
    this.going = false;
    clearTimeout(this.timer);
    this.runner.pause();
  }

  stepOnce() {
    this.stop();
    this.runner.step(1);
  }

  reset() {
    this.stop();
    Object.assign(this, {report: null, seen: []});
    this.history.clear();
    this.runner.reset();
  }

  close() {
    this.stop();
    this.runner.close();
  }

  /** What stays of it on the page when it is kept for comparison. */
  kept() {
    return {settings: this.settings, label: this.label, report: this.report, history: this.history.copy(), frozen: true};
  }
}

Playground.Side = Side;
})();
