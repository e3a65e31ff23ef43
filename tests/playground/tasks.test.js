"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const {Playground: {tasks, random}} = require("./load.js");

const draw = (task, delay, n = 64) => {
  const made = tasks.create({task, delay});
  return {...made, ...made.sample(random.stream(2), n), n};
};

test("batches have the shapes that the task states", () => {
  for (const task of tasks.NAMES) {
    const {steps, features, x, y, n, everyStep, baseline} = draw(task, 7);
    assert.equal(x.length, steps * n * features, task);
    assert.equal(y.length, (everyStep ? steps : 1) * n, task);
    assert.ok(baseline >= 0 && baseline <= 1 && x.every(Number.isFinite), task);
  }
  assert.throws(() => tasks.create({task: "copy", delay: 3}), /"copy".*recall, adding, parity, counting, digits/);
});

test("recall: one symbol, then noise of deviation 0.3", () => {
  const {x, y, n, steps} = draw("recall", 6);
  assert.equal(steps, 7);
  for (let b = 0; b < n; b += 1) assert.deepEqual(Array.from(x.subarray(4 * b, 4 * b + 4)), [0, 1, 2, 3].map(k => +(k === y[b])));
  const noise = x.subarray(4 * n);
  const size = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / noise.length);
  assert.ok(Math.abs(size - 0.3) < 0.02, `${size}`);
});

test("adding: one mark in each half, and the sum of the marked numbers", () => {
  for (const delay of [2, 7, 10]) {
    const {x, y, n} = draw("adding", delay);
    for (let b = 0; b < n; b += 1) {
      const marks = [], half = Math.floor(delay / 2);
      for (let t = 0; t < delay; t += 1) if (x[(t * n + b) * 2 + 1] === 1) marks.push(t);
      assert.equal(marks.length, 2);
      assert.ok(marks[0] < half && marks[1] >= half);
      const sum = marks.reduce((total, t) => total + x[(t * n + b) * 2], 0);
      assert.ok(Math.abs(sum - y[b]) < 1e-6);
    }
  }
});

test("parity: odd or not at every step", () => {
  const {x, y, n, steps} = draw("parity", 5);
  for (let b = 0; b < n; b += 1) {
    for (let t = 0, ones = 0; t < steps; t += 1) {
      ones += x[t * n + b] === 1 ? 1 : 0;
      assert.equal(y[t * n + b], ones % 2);
    }
  }
});

test("counting: a's, as many b's, the end asked at every b", () => {
  const {x, y, n, steps} = draw("counting", 9);
  assert.equal(steps, 8);
  const lengths = new Set();
  for (let b = 0; b < n; b += 1) {
    let word = "", asked = "";
    for (let t = 0; t < steps; t += 1) {
      const [a, other] = x.subarray((t * n + b) * 2, (t * n + b) * 2 + 2);
      word += a ? "a" : other ? "b" : " ";
      asked += y[t * n + b] < 0 ? " " : y[t * n + b];
    }
    const count = word.indexOf("b");
    lengths.add(count);
    assert.equal(word.trimEnd(), "a".repeat(count) + "b".repeat(count));
    assert.equal(asked.trimEnd(), " ".repeat(count) + "0".repeat(count - 1) + "1");
  }
  assert.deepEqual([...lengths].sort(), [1, 2, 3, 4]);
});

test("digits: unseen images are no training images, and none is empty", () => {
  const {x, y, unseen} = draw("digits", 7, 480);
  const held = unseen(random.stream(1), 128);
  const images = (batch, n) => Array.from({length: n}, (_, b) => {
    const pixels = [];
    for (let t = 0; t < 8; t += 1) pixels.push(...batch.x.subarray((t * n + b) * 8, (t * n + b) * 8 + 8));
    return pixels.join();
  });
  const trained = new Set(images({x}, 480));
  assert.ok(images(held, 128).every(image => !trained.has(image)));
  assert.deepEqual([...new Set(y)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(Math.max(...x) === 1 && Math.min(...x) === 0);
});

test("scores: accuracy over answers, words that are right as a whole, squared error", () => {
  const judge = (task, logits, y, n) => {
    const {right, asked, loss} = tasks.judge(task, Float64Array.from(logits), 0, Float32Array.from(y), n);
    return [loss, tasks.score(task, right, asked)];
  };
  const counting = tasks.create({task: "counting", delay: 4});
  // Two words in two steps: the first right at both, the second at one; then one answer not asked.
  assert.equal(judge(counting, [5, -5, 5, 5], [1, 0, 1, 0], 2)[1], 0.5);
  assert.equal(judge(counting, [5, -5, 5, 5], [1, 0, 1, -1], 2)[1], 1);
  const parity = tasks.create({task: "parity", delay: 4});
  const [loss, score] = judge(parity, [5, -5, 5, 5], [1, 0, 1, 0], 2);
  assert.equal(score, 0.75);
  assert.ok(Math.abs(loss - (3 * Math.log1p(Math.exp(-5)) + Math.log1p(Math.exp(5))) / 4) < 1e-12);
  const adding = tasks.create({task: "adding", delay: 4});
  assert.deepEqual(judge(adding, [1, 2], [1.5, 2], 2), [0.125, 0.125]);
  const recall = tasks.create({task: "recall", delay: 4});
  assert.deepEqual(judge(recall, [0, 0, 0, 0], [0], 1), [Math.log(4), 1]);
  assert.ok(tasks.learned(adding, 0.019) && !tasks.learned(adding, 0.021));
  assert.ok(tasks.learned(recall, 0.96) && !tasks.learned(recall, 0.94));
});

/** The baseline is what the best answer that does not look at the input reaches. */
test("baselines are reached without the input", () => {
  const {y: sums} = draw("adding", 10, 20000);
  const error = sums.reduce((sum, v) => sum + (v - 1) ** 2, 0) / sums.length;
  assert.ok(Math.abs(error - 1 / 6) < 0.01);
  const {x, y, baseline, steps, n} = draw("counting", 8, 20000);
  let short = 0;
  for (let b = 0; b < n; b += 1) short += y[n + b] === 1 ? 1 : 0;
  assert.ok(Math.abs(short / n - baseline) < 0.02 && steps * n * 2 === x.length);
});
