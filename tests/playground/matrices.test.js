"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const {Playground: {matrices, random, functions}, close} = require("./load.js");

/** The same call on both kernels, and on plain numbers: three pieces of memory after it. */
async function everywhere(size, call) {
  const results = [];
  for (const wanted of ["WebAssembly", "JavaScript"]) {
    const kernel = await matrices.create(wanted);
    assert.equal(kernel.name, wanted);
    const stream = random.stream(3), at = kernel.allocate(size);
    for (let i = 0; i < size; i += 1) kernel.memory[at + i] = Math.fround(stream.normal());
    call(kernel, at);
    results.push(Array.from(kernel.memory.subarray(at, at + size)));
  }
  return results;
}

const SIZES = [[1, 1, 1], [4, 8, 8], [5, 3, 13], [32, 32, 32], [3, 7, 4], [6, 1, 10], [7, 9, 1], [2, 5, 3], [9, 16, 29]];

test("products of every shape, plain and transposed, agree with the sum they stand for", async () => {
  for (const [m, k, n] of SIZES) {
    for (const [aRow, aStep] of [[k, 1], [1, m], [0, 0]]) {
      for (const add of [0, 1]) {
        const a = 0, b = m * k, c = b + k * n + 3, size = c + m * (n + 2);
        let before = null;
        const [compiled, plain] = await everywhere(size, (kernel, at) => {
          before = Array.from(kernel.memory.subarray(at, at + size));
          kernel.product(at + c, at + a, at + b, m, k, n, aRow, aStep, n, n + 2, add);
        });
        const expected = before.slice();
        for (let i = 0; i < m; i += 1) {
          for (let j = 0; j < n; j += 1) {
            let sum = add ? before[c + i * (n + 2) + j] : 0;
            for (let p = 0; p < k; p += 1) sum += before[a + i * aRow + p * aStep] * before[b + p * n + j];
            expected[c + i * (n + 2) + j] = sum;
          }
        }
        const shape = JSON.stringify({m, k, n, aRow, aStep, add});
        assert.ok(close(plain, expected, 1e-14), `JavaScript ${shape}`);
        assert.ok(close(compiled, expected, 2e-6), `WebAssembly ${shape}`);
      }
    }
  }
});

test("the elementwise steps agree", async () => {
  const n = 40;
  const calls = {times: 3, timesAdd: 3, between: 4, lstmMemory: 5, lstmBack: 18, gruBack: 14};
  for (const [name, places] of Object.entries(calls)) {
    const [compiled, plain] = await everywhere(places * n, (kernel, at) => {
      kernel[name](...Array.from({length: places}, (_, p) => at + p * n), n);
    });
    assert.ok(close(compiled, plain, 1e-6), name);
  }
});

test("every function and its slope agree with the catalogue's, in both kernels", async () => {
  const xs = [0, -0, 1e-6, -1e-6, 0.1, -0.3, 0.5, 1.2, -2.7, 5.5, -8.9, 9.5, -30, 200, -200, 1e6];
  for (const [name, {f, slope}] of Object.entries(functions)) {
    for (const [wanted, tolerance] of [["WebAssembly", 5e-7], ["JavaScript", 1e-11]]) {
      const kernel = await matrices.create(wanted), n = xs.length;
      const [a, y, s] = [0, 1, 2].map(() => kernel.allocate(n));
      kernel.memory.set(xs, a);
      kernel.fill(name, a, y, s, n);
      for (let i = 0; i < n; i += 1) {
        const x = kernel.memory[a + i];
        for (const [at, exact] of [[y, f(x)], [s, slope(x)]]) {
          const value = kernel.memory[at + i], message = `${wanted} ${name}(${x}): ${value}, not ${exact}`;
          if (exact > 3.4e38) assert.ok(value > 3.3e38, message);
          else assert.ok(Math.abs(value - exact) <= tolerance * Math.max(1, Math.abs(exact)), message);
        }
      }
    }
  }
});

test("NaN stays NaN in the compiled functions, so that no network diverges unseen", async () => {
  const kernel = await matrices.create();
  for (const name of ["tanh", "sigmoid", "relu"]) {
    const at = kernel.allocate(12);
    kernel.memory[at] = NaN;
    kernel.fill(name, at, at + 4, at + 8, 4);
    assert.ok(Number.isNaN(kernel.memory[at + 4]), name);
  }
});

test("pieces of memory are 0, do not overlap, and survive growth", async () => {
  for (const wanted of ["WebAssembly", "JavaScript"]) {
    const kernel = await matrices.create(wanted);
    const first = kernel.allocate(5);
    kernel.memory.fill(7, first, first + 5);
    const second = kernel.allocate(300000);
    assert.ok(second >= first + 5);
    assert.equal(kernel.memory[first + 4], 7);
    assert.ok(kernel.memory.subarray(second, second + 300000).every(value => value === 0));
    kernel.release();
    assert.equal(kernel.allocate(3), first);
    assert.equal(kernel.memory[first], 0);
  }
});

test("without WebAssembly the work is done in JavaScript", async () => {
  const {instantiate} = WebAssembly;
  WebAssembly.instantiate = () => Promise.reject(new WebAssembly.CompileError("forbidden"));
  try {
    assert.equal((await matrices.create()).name, "JavaScript");
  } finally {
    WebAssembly.instantiate = instantiate;
  }
});
