// ---- One setting that is trained: its runner, its newest report and its curves ----
(() => {
"use strict";

class Side {
  /** `onReport(side)` is called after each report. */
  constructor(settings, label, {onReport, onError, base}) {
    Object.assign(this, {settings, label, report: null, first: null, history: new Playground.history.History()});
    this.runner = Playground.createRunner({
      base, onError,
      onReport: report => {
        if (report.step === 0) { this.history.clear(); this.first = report; }
        this.report = report;
        this.history.add(report);
        onReport(this);
      },
      onSpeed: () => {},
    });
    this.runner.start(settings);
  }

  /** What stays of it on the page when it is kept for comparison. */
  kept() {
    return {settings: this.settings, label: this.label, report: this.report, first: this.first, history: this.history.copy(), frozen: true};
  }

  get step() { return this.report?.step ?? 0; }
  close() { this.runner.close(); }
}

Playground.Side = Side;
})();
