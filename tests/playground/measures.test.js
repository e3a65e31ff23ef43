"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const {Playground: {matrices, cells, tasks, training, measures, initialisers, random, trainer, settings, optimisers}, close}
  = require("./load.js");
const {finish} = training;

/** A network and its workspace, after a forward and backward pass in float64. */
async function passed(cell, {task: name = "recall", delay = 6, units = 5, state = "tanh", gate = "sigmoid"} = {}) {
  const kernel = await matrices.create("JavaScript");
  const task = tasks.create({task: name, delay});
  const layout = cells.layout(cell, task.features, units, task.outputs);
  const work = training.workspace(kernel, layout, task, 4, state, gate);
  const weights = kernel.allocate(layout.size);
  kernel.memory.set(initialisers.network(layout, {start: "orthogonal", gain: 1, bias: 0.5}, [3]), weights);
  // No weight is 0, so that every path through the network counts.
  const stream = random.stream(9);
  for (let i = 0; i < layout.size; i += 1) kernel.memory[weights + i] += 0.1 * stream.normal();
  const batch = task.sample(random.stream(4), 4);
  const judged = finish(training.learn(work, task, weights, batch));
  return {kernel, task, layout, work, weights, batch, judged};
}

for (const cell of ["SimpleRNN", "LSTM", "GRU", "minGRU"]) {
  for (const name of ["recall", "adding", "parity", "counting"]) {
    test(`${cell}, ${name}: the gradient of every weight is what finite differences say`, async () => {
      // More steps than the weight gradients of are added at a time.
      const {kernel, task, layout, work, weights, batch} = await passed(cell, {task: name, delay: 11, state: "softsign"});
      const gradient = Array.from(kernel.memory.subarray(work.gradient, work.gradient + layout.size));
      const loss = () => {
        finish(training.forward(work, weights));
        return tasks.judge(task, kernel.memory, work.logits, batch.y, 4).loss;
      };
      const differences = gradient.map((_, i) => {
        const at = weights + i, before = kernel.memory[at], tiny = 1e-5;
        kernel.memory[at] = before + tiny;
        const above = loss();
        kernel.memory[at] = before - tiny;
        const below = loss();
        kernel.memory[at] = before;
        return (above - below) / (2 * tiny);
      });
      assert.ok(close(gradient, differences, 1e-7));
    });
  }

  test(`${cell}: the gradient by lag is that of the loss in the state at that step`, async () => {
    const {kernel, task, layout: {cell: {forward}}, layout, work, weights, batch} = await passed(cell);
    const logs = Array.from(measures.gradientByLag(work));
    assert.equal(logs.length, task.steps);
    // A state is pushed at one step, by what its cell would otherwise have made of it.
    const loss = (t, i, push) => {
      const pushed = Object.create(layout.cell, {forward: {value(at) {
        forward(at);
        if (at.h === work.h + (t + 1) * work.n) kernel.memory[at.h + i] += push;
      }}});
      layout.cell = pushed;
      finish(training.forward(work, weights));
      layout.cell = Object.getPrototypeOf(pushed);
      return tasks.judge(task, kernel.memory, work.logits, batch.y, 4).loss;
    };
    const norms = logs.map((_, k) => {
      let sum = 0;
      for (let i = 0; i < work.n; i += 1) {
        const slope = (loss(task.steps - 1 - k, i, 1e-5) - loss(task.steps - 1 - k, i, -1e-5)) / 2e-5;
        sum += slope * slope;
      }
      return Math.sqrt(sum);
    });
    assert.ok(close(logs.map(log => 10 ** log), norms, 1e-6), `${logs.map(log => 10 ** log)} ${norms}`);
  });
}

test("maps: state, slope and gradient of one sequence, by step and unit", async () => {
  const {kernel, work, task} = await passed("SimpleRNN");
  const {steps, units, h, slope, gradient} = measures.map(work, 2);
  assert.deepEqual([steps, units, h.length], [task.steps, 5, task.steps * 5]);
  for (const [t, j] of [[0, 0], [3, 4], [6, 2]]) {
    const i = t * units + j, value = kernel.memory[work.h + (t + 1) * work.n + 2 * units + j];
    assert.ok(Math.abs(h[i] - value) < 1e-6);
    assert.ok(Math.abs(slope[i] - (1 - value * value)) < 1e-6);
    const exact = Math.log10(Math.abs(kernel.memory[work.dh + (t + 1) * work.n + 2 * units + j]));
    assert.ok(Math.abs(gradient[i] - exact) < 1e-5);
  }
});

test("an LSTM's map shows the slope of the function on its memory", async () => {
  const {kernel, work} = await passed("LSTM");
  const {slope} = measures.map(work, 0);
  const memory = kernel.memory[work.extra[0] + work.n + 1];
  assert.ok(Math.abs(slope[1] - (1 - Math.tanh(memory) ** 2)) < 1e-6);
});

test("saturated and dead units are counted by step", async () => {
  const {kernel, layout, work, weights} = await passed("SimpleRNN", {state: "relu", units: 4});
  kernel.memory.fill(-9, weights + layout.bias, weights + layout.bias + 2);  // two units never speak
  finish(training.forward(work, weights));
  const dead = measures.deadShare(work);
  assert.ok(dead.every(share => share >= 0.5 && share < 1), `${dead}`);
  const saturated = measures.saturatedShare(work);
  saturated.forEach((share, t) => assert.ok(share >= dead[t] && share <= 1));
  const tanh = await passed("SimpleRNN");
  assert.ok(measures.saturatedShare(tanh.work).every(share => share < 0.3));
  tanh.kernel.memory.fill(9, tanh.weights + tanh.layout.bias, tanh.weights + tanh.layout.bias + 5);
  finish(training.forward(tanh.work, tanh.weights));
  assert.deepEqual([measures.saturatedShare(tanh.work)[0], measures.deadShare(tanh.work)[0]], [1, 0]);
});

test("singular values of known matrices", () => {
  const values = (...rows) => measures.singularValues(Float64Array.from(rows.flat()), rows.length, rows[0].length);
  assert.ok(close(values([3, 0], [0, -2]), [3, 2], 1e-12));
  assert.ok(close(values([1, 2, 2], [2, 4, 4]), [Math.sqrt(45), 0], 1e-7));
  assert.ok(close(values([0, 0], [0, 0]), [0, 0], 1e-12));
});

test("clipping shortens the gradient to its limit and keeps its direction; 0 clips nothing", () => {
  const m = Float64Array.of(3, 4);
  assert.equal(optimisers.clip(m, 0, 2, 0), 5);
  assert.deepEqual(Array.from(m), [3, 4]);
  assert.equal(optimisers.clip(m, 0, 2, 10), 5);
  assert.deepEqual(Array.from(m), [3, 4]);
  assert.equal(optimisers.clip(m, 0, 2, 1), 5);
  assert.ok(close(m, [0.6, 0.8], 1e-15));
  assert.throws(() => optimisers.get("rmsprop"), /"rmsprop".*adam, sgd/);
});

const made = (kernel, raw) => trainer.create(kernel, settings.check(raw).settings);

test("the same seed gives the same networks and the same training, other networks other ones", async () => {
  const losses = async raw => {
    const one = made(await matrices.create(), {networks: 2, delay: 5, units: 8, ...raw});
    for (let i = 0; i < 12; i += 1) finish(one.train());
    return one.networks.map(network => network.loss);
  };
  const [a, b, c] = [await losses({}), await losses({}), await losses({seed: 2})];
  assert.deepEqual(a, b);
  assert.notEqual(a[0], a[1]);
  assert.notEqual(a[0], c[0]);
});

test("a network that diverges is named, at its step, and passes on no NaN", async () => {
  const one = made(await matrices.create(), {task: "adding", state: "exponential", rate: 10, optimiser: "sgd", clip: 0, networks: 3, delay: 30});
  finish(one.evaluate());
  for (let i = 0; i < 30; i += 1) finish(one.train());
  for (const network of one.networks) {
    assert.ok(network.diverged && network.divergedAt <= 30);
    assert.ok(network.loss === null || Number.isFinite(network.loss));
  }
  const {map, saturated, singular} = finish(one.measure(1));
  for (const values of [map.h, map.slope, map.gradient, saturated, one.networks[1].lag]) {
    assert.ok(Array.from(values).every(Number.isFinite));
  }
  assert.deepEqual(singular, []);
});

test("a network whose gradient is no number diverges, even if its loss is one", async () => {
  const one = made(await matrices.create(), {networks: 1, delay: 3}), {apply} = training;
  finish(one.train());
  training.apply = () => Infinity;
  try {
    finish(one.train());
  } finally {
    training.apply = apply;
  }
  assert.deepEqual([one.networks[0].diverged, one.networks[0].divergedAt], [true, 2]);
});

test("networks learn recall, and are said to have learned it at a step", async () => {
  const one = made(await matrices.create(), {networks: 2, delay: 10});
  for (let i = 0; i < 100; i += 1) finish(one.train());
  for (const {solved, solvedAt, accuracy} of one.networks) {
    assert.ok(solved && solvedAt % trainer.EVERY === 0 && accuracy > 0.9);
  }
});
