"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const {Playground: {random, initialisers, cells}, close} = require("./load.js");

test("a stream is set by its seeds, and near seeds give other numbers", () => {
  const draw = (...seeds) => Array.from({length: 8}, random.stream(...seeds).uniform);
  assert.deepEqual(draw(1, 2, 3), draw(1, 2, 3));
  const all = [draw(1, 2, 3), draw(1, 2, 4), draw(1, 3, 2), draw(2, 1, 3), draw(0), draw(0, 0), draw(1)].flat();
  assert.equal(new Set(all).size, all.length);
});

test("the bits of the uniform numbers stay what they are", () => {
  const {uniform} = random.stream(1, 0, 1);
  const drawn = Array.from({length: 3}, () => Math.round(uniform() * 4294967296 - 0.5));
  assert.deepEqual(drawn, [1535456813, 3480397565, 4236177611]);
});

test("uniform and normal numbers have their moments", () => {
  const n = 200000, stream = random.stream(5);
  const moments = draw => {
    const values = Float64Array.from({length: n}, draw);
    const mean = values.reduce((a, b) => a + b) / n;
    const power = k => values.reduce((sum, v) => sum + (v - mean) ** k, 0) / n;
    return [mean, power(2), power(3), power(4)];
  };
  const within = (actual, expected) => actual.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 0.05, `${actual}`));
  within(moments(stream.uniform), [0.5, 1 / 12, 0, 1 / 80]);
  within(moments(stream.normal), [0, 1, 0, 3]);
  const faces = new Array(6).fill(0);
  for (let i = 0; i < 60000; i += 1) faces[stream.integer(6)] += 1;
  for (const count of faces) assert.ok(Math.abs(count - 10000) < 500, `${faces}`);
});

/** A A^T for a matrix (rows, columns). */
function gram(matrix, rows, columns) {
  return Array.from({length: rows * rows}, (_, at) => {
    const i = Math.floor(at / rows), j = at % rows;
    let sum = 0;
    for (let k = 0; k < columns; k += 1) sum += matrix[i * columns + k] * matrix[j * columns + k];
    return sum;
  });
}

test("initial U: orthonormal rows, gain, identity for each gate, Glorot's limit", () => {
  const draw = (start, gain, units, blocks) => initialisers.recurrent(random.stream(7), start, gain, units, blocks);
  const eye = Array.from({length: 36}, (_, i) => i % 7 === 0 ? 1 : 0);
  assert.ok(close(gram(draw("orthogonal", 2, 6, 1), 6, 6), eye, 1e-12));
  assert.ok(close(gram(draw("orthogonal", 2, 6, 4), 6, 24), eye, 1e-12));
  assert.ok(close(gram(draw("scaled", 2, 6, 1), 6, 6), eye.map(v => 4 * v), 1e-12));
  const identity = draw("identity", 1, 3, 2);
  assert.deepEqual(Array.from(identity), [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
  const limit = Math.sqrt(6 / (30 + 60)), glorot = draw("glorot", 1, 30, 2);
  assert.ok(Math.max(...glorot) < limit && Math.max(...glorot) > 0.98 * limit && Math.min(...glorot) < -0.98 * limit);
});

test("the bias goes to the part that keeps, and two settings share what they have in common", () => {
  const draw = (cell, start, bias) => {
    const layout = cells.layout(cell, 2, 3, 1);
    return {layout, weights: initialisers.network(layout, {start, gain: 1, bias}, [1, 2])};
  };
  const bias = ({layout, weights}) => Array.from(weights.subarray(layout.bias, layout.bias + layout.inputWidth));
  assert.deepEqual(bias(draw("LSTM", "identity", 3)), [0, 0, 0, 3, 3, 3, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(bias(draw("GRU", "identity", 3)), [3, 3, 3, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(bias(draw("minGRU", "identity", 3)), [-3, -3, -3, 0, 0, 0]);
  assert.deepEqual(bias(draw("SimpleRNN", "identity", 3)), [0, 0, 0]);
  const [one, other] = [draw("GRU", "identity", 0), draw("GRU", "orthogonal", 2)];
  const kernel = ({layout, weights}) => Array.from(weights.subarray(0, layout.bias));
  const readout = ({layout, weights}) => Array.from(weights.subarray(layout.readout));
  assert.deepEqual(kernel(one), kernel(other));
  assert.deepEqual(readout(one), readout(other));
  assert.throws(() => cells.layout("CWRNN", 1, 1, 1), /"CWRNN".*SimpleRNN, LSTM, GRU, minGRU/);
});
