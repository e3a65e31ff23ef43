// ---- Commands in, reports out: what a worker runs, and the page where no worker may ----
//
// The work is a generator (see trainer.js) that is run in slices. A message is {do: "start",
// settings}, {do: "run"}, {do: "pause"}, {do: "step", count}, {do: "watch", network} or
// {do: "reset"}; an answer is {report} or {error}.
Playground.add("session", ({matrices, trainer}) => {
  const GAP = 100;       // least milliseconds between two reports
  const SHARE = 5;       // how often as long as a report took the training goes on before the next
  const PATIENCE = 100;  // milliseconds in which a step may end after a pause

  const known = value => Number.isFinite(value) ? value : null;

  /**
   * `send` takes the answers; `slice` is how many milliseconds of work are done at a stretch, and
   * `later(callback)` says when the next slice comes; `wanted` is the kernel, see matrices.js.
   */
  function create({send, slice, later, wanted}) {
    let kernel = null, made = null, settings = null, inside = null;
    let job = null, ticking = false, running = false, remaining = 0, watched = 0, pausedAt = -Infinity;
    let lookWanted = false, lastReport = 0, gap = GAP;
    const now = () => performance.now();

    function report() {
      const {task, networks, step} = made;
      send({report: {
        step, running: running || remaining > 0, kernel: kernel.name,
        networks: networks.map(net => ({
          loss: net.diverged ? null : known(net.loss), accuracy: net.diverged ? null : known(net.accuracy),
          solved: net.solved, solvedAt: net.solvedAt, diverged: net.diverged, divergedAt: net.divergedAt,
        })),
        learned: networks.filter(net => net.solved).length,
        baseline: task.baseline, higherIsBetter: task.higherIsBetter,
        metric: task.score === "error" ? "error" : "accuracy",
        lag: {lags: Array.from({length: task.steps}, (_, k) => k), each: networks.map(net => net.lag)},
        ...inside,
      }});
      lastReport = now();
    }

    function* look() {
      const before = now();
      inside = yield* made.measure(watched);
      gap = Math.max(GAP, SHARE * (now() - before));
      lookWanted = false;
      report();
    }

    /** Everything that is to be done, until nothing is. */
    function* life() {
      if (made.step === 0 && inside === null) {
        yield* made.evaluate();
        yield* look();
      }
      while (running || remaining > 0 || lookWanted) {
        if (running || remaining > 0) {
          yield* made.train();
          remaining = Math.max(0, remaining - 1);
          if (!running && remaining === 0) {
            yield* made.evaluate();
            lookWanted = true;
          }
        }
        if (lookWanted || now() - lastReport > gap) yield* look();
        if (made.networks.every(net => net.diverged)) {
          const said = !running && remaining === 0;
          running = false;
          remaining = 0;
          if (!said) report();
        }
      }
    }

    function tick() {
      ticking = false;
      if (!job) return;
      const end = now() + slice;
      try {
        do {
          if (job.next().done) {
            job = null;
            return;
          }
        } while (now() < end);
      } catch (error) {
        job = null;
        send({error: String(error.message ?? error)});
        return;
      }
      // A long step is left where it is; run, step or another look take it up again.
      if (!running && remaining === 0 && now() - pausedAt > PATIENCE && pausedAt > 0) {
        report();
        return;
      }
      wake();
    }

    function wake() {
      if (!made) return;
      job ??= life();
      if (!ticking) {
        ticking = true;
        later(tick);
      }
    }

    async function begin() {
      kernel ??= await matrices.create(wanted);
      job = null;
      made = trainer.create(kernel, settings);
      running = false;
      remaining = 0;
      inside = null;
      pausedAt = -Infinity;
      watched = Math.min(watched, settings.networks - 1);
      wake();
    }

    function proceed() {
      pausedAt = -Infinity;
      wake();
    }

    const COMMANDS = {
      async start(message) {
        settings = message.settings;
        watched = 0;
        await begin();
      },
      reset: begin,
      run() {
        running = true;
        proceed();
      },
      step({count: steps = 1}) {
        running = false;
        remaining = steps;
        proceed();
      },
      pause() {
        if (!running && remaining === 0) return;
        running = false;
        remaining = 0;
        lookWanted = true;
        pausedAt = now();
        wake();
      },
      watch({network}) {
        watched = Math.min(Math.max(network | 0, 0), settings.networks - 1);
        lookWanted = true;
        pausedAt = -Infinity;
        wake();
      },
    };

    // One after the other: a command that comes while the first start still waits for its kernel waits too.
    let queue = Promise.resolve();
    return message => {
      queue = queue.then(() => COMMANDS[message.do](message))
        .catch(error => send({error: String(error.message ?? error)}));
    };
  }

  return {create};
});
