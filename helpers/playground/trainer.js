// ---- The networks of one setting, trained side by side ----
Playground.add("trainer", ({random, tasks, cells, initialisers, optimisers, training, measures}) => {
  const BATCH = 32;
  const UNSEEN = 4;       // batches on which accuracy is measured
  const EVERY = 10;       // steps between two looks at the unseen data
  const TOO_LARGE = 1e8;  // a loss from which no network has come back
  const WEIGHTS = 1, DATA = 2, TEST = 3;  // streams of a network's seed

  /**
   * Draw the networks. All of them share `kernel` and its workspace. step(), evaluate() and
   * measure() are generators that may be left at any time and taken up again, one at a time.
   */
  function create(kernel, settings) {
    kernel.release();
    const task = tasks.create(settings);
    const layout = cells.layout(settings.cell, task.features, settings.units, task.outputs);
    const work = training.workspace(kernel, layout, task, BATCH, settings.state, settings.gate);
    const {slots} = optimisers.get(settings.optimiser);
    const networks = Array.from({length: settings.networks}, (_, index) => draw(index));
    let step = 0;

    function draw(index) {
      const seeds = [settings.seed, index];
      const weights = kernel.allocate(layout.size);
      kernel.memory.set(initialisers.network(layout, settings, [...seeds, WEIGHTS]), weights);
      const test = random.stream(...seeds, TEST);
      return {
        index, weights,
        slots: Array.from({length: slots}, () => kernel.allocate(layout.size)),
        data: random.stream(...seeds, DATA),
        unseen: Array.from({length: UNSEEN}, () => task.unseen(test, BATCH)),
        losses: [], loss: null, accuracy: null, solved: false, solvedAt: null, diverged: false, divergedAt: null,
        lag: null,
      };
    }

    function diverge(network) {
      network.diverged = true;
      network.divergedAt = step;
    }

    /** One training step of every network that has not diverged. */
    function* train() {
      step += 1;
      for (const network of networks) {
        if (network.diverged) continue;
        const batch = task.sample(network.data, BATCH);
        const {loss} = yield* training.learn(work, task, network.weights, batch);
        const norm = training.apply(work, network.weights, network.slots, settings, step);
        if (!(loss < TOO_LARGE) || !Number.isFinite(norm)) {
          diverge(network);
          continue;
        }
        network.losses.push(loss);
        if (network.losses.length > EVERY) network.losses.shift();
        network.loss = network.losses.reduce((sum, value) => sum + value, 0) / network.losses.length;
      }
      if (step % EVERY === 0) yield* evaluate(true);
    }

    /** Score every network on its unseen data; `counts` if a network may be called solved by it. */
    function* evaluate(counts = false) {
      for (const network of networks) {
        if (network.diverged) continue;
        const {loss, score} = yield* training.evaluate(work, task, network.weights, network.unseen);
        if (!(loss < TOO_LARGE)) {
          diverge(network);
          continue;
        }
        network.loss ??= loss;
        network.accuracy = score;
        if (counts && !network.solved && tasks.learned(task, score)) {
          network.solved = true;
          network.solvedAt = step;
        }
      }
    }

    /** Gradient by lag of every network on its first unseen batch; all else of the one that is watched. */
    function* measure(watched) {
      const network = networks[watched];
      // The watched network comes last: its pass stays in the workspace to be looked at.
      for (const other of [...networks.filter(one => one !== network), network]) {
        const stale = other.diverged && other.lag;  // its last gradients stay
        if (stale && other !== network) continue;
        yield* training.learn(work, task, other.weights, other.unseen[0]);
        if (!stale) other.lag = measures.gradientByLag(work);
      }
      const map = {network: watched, ...measures.map(work)};
      yield;
      const saturated = measures.saturatedShare(work), dead = measures.deadShare(work);
      yield;
      const singular = network.diverged ? [] : measures.singular(work, network.weights);
      return {map, saturated, dead, singular};
    }

    return {
      task, layout, work, networks, train, evaluate, measure,
      get step() {
        return step;
      },
    };
  }

  return {create, BATCH, EVERY};
});
