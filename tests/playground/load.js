// The engine in Node, once for all tests: the scripts stand in the folder PLAYGROUND, written by
// tests/test_playground_engine.py. Run it with: pytest tests/test_playground_engine.py -k node
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const folder = process.env.PLAYGROUND;
for (const name of process.env.PLAYGROUND_SCRIPTS.split(" ")) {
  const file = path.join(folder, name);
  vm.runInThisContext(fs.readFileSync(file, "utf8"), {filename: file});
}

/** Whether two sequences of numbers agree, `tolerance` being a share of the largest. */
function close(actual, expected, tolerance) {
  if (actual.length !== expected.length) return false;
  const largest = Math.max(...Array.from(expected, Math.abs), 1e-30);
  return Array.from(actual).every((value, i) => Math.abs(value - expected[i]) <= tolerance * largest);
}

module.exports = {Playground: globalThis.Playground, close};
