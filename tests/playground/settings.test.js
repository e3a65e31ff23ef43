"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const {Playground: {settings}} = require("./load.js");
const {DEFAULTS, LIMITS, CHOICES, check, toAddress, fromAddress} = settings;

test("defaults are within the limits, and every setting has limits or choices", () => {
  assert.deepEqual(check(DEFAULTS), {settings: DEFAULTS, problems: []});
  assert.deepEqual(check(undefined), {settings: DEFAULTS, problems: []});
  for (const name of Object.keys(DEFAULTS)) assert.ok(name in LIMITS !== name in CHOICES, name);
});

test("settings survive the way through the address", () => {
  const other = {
    task: "adding", delay: 35, cell: "LSTM", state: "hard_sigmoid_keras2", gate: "relu", start: "scaled", gain: 1.25,
    bias: -2.5, optimiser: "sgd", rate: 0.00025, clip: 0, units: 12, networks: 3, seed: 4711,
  };
  assert.deepEqual(fromAddress(toAddress(other)), {settings: other, problems: []});
  assert.match(toAddress(other), /^#task=adding&delay=35&/);
  assert.deepEqual(fromAddress("?cell=GRU").settings, {...DEFAULTS, cell: "GRU"});
});

test("text that sets nothing: none, a heading's name", () => {
  for (const text of ["", "#", "#the-playground", null, undefined]) {
    assert.deepEqual(fromAddress(text), {settings: DEFAULTS, problems: []});
  }
});

test("wild numbers and unknown names give a short message and the default", () => {
  const cases = {
    delay: ["5000", "1", "-3", "2.5", "", "NaN", "Infinity", "1e99", "0x10000", "20;alert(1)"],
    rate: ["0", "-1", "1e-9", "11", "abc", " "], gain: ["0", "4"], bias: ["7", "-7"], clip: ["-1", "1001"],
    units: ["0", "65", "32.5", "1e3"], networks: ["0", "17", "1.5"], seed: ["-1", "1e6", "x"],
    task: ["copy", "", "__proto__", "toString"], cell: ["lstm", "constructor"], state: ["softmax", "swish"],
    gate: ["hasOwnProperty"], start: ["zeros"], optimiser: ["rmsprop"],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      const {settings: found, problems} = fromAddress(`#${name}=${encodeURIComponent(value)}`);
      assert.deepEqual(found, DEFAULTS, `${name}=${value}`);
      assert.equal(problems.length, 1, `${name}=${value}`);
      assert.ok(problems[0].startsWith(`${name}=${value}`) && problems[0].length < 160, problems[0]);
      assert.match(problems[0], /is used\.$/);
    }
  }
});

test("the limits themselves are allowed, and numbers are numbers", () => {
  for (const [name, {least, most}] of Object.entries(LIMITS)) {
    for (const value of [least, most]) {
      const {settings: found, problems} = fromAddress(`#${name}=${value}`);
      assert.deepEqual(problems, []);
      assert.strictEqual(found[name], value);
    }
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    for (const value of choices) assert.equal(fromAddress(`#${name}=${value}`).settings[name], value);
  }
});

test("settings that do not exist are named, cut short, and ignored; those of the page are left alone", () => {
  const {settings: found, problems} = fromAddress(`#units=16&size=9&${"x".repeat(500)}=1&experiment=2&claim=A06`);
  assert.equal(found.units, 16);
  assert.equal(problems.length, 2);
  assert.match(problems[0], /no setting size; it is ignored/);
  assert.ok(problems[1].length < 100);
  assert.deepEqual(check(JSON.parse('{"__proto__": {"units": 5}, "units": 99}')).settings, DEFAULTS);
});
