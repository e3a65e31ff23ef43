// ---- What the networks learn: the tasks of helpers/tasks, drawn from a stream ----
//
// A task says how many `steps` a sequence has, `features` an input and `outputs` an answer,
// its `loss` ("softmax", "sigmoid" or "mse"), whether every step is asked (`everyStep`) or the
// last alone, its `score` ("accuracy", "exact" or "error") with the `baseline` that ignores
// the input reaches, and from which score on a network has learned it (`line`).
// sample(stream, n) draws {x: (steps, n, features), y: (steps or 1, n)}, time first.
// A label of -1 is not asked.
Playground.add("tasks", ({digits}) => {
  const SYMBOLS = 4, NOISE = 0.3;

  /** Say at the end which symbol came first, after `delay` steps of noise. */
  function recall(delay) {
    const steps = delay + 1;
    return {
      name: "recall", steps, features: SYMBOLS, outputs: SYMBOLS, loss: "softmax", everyStep: false,
      score: "accuracy", baseline: 1 / SYMBOLS, line: 0.95,
      sample(stream, n) {
        const x = new Float32Array(steps * n * SYMBOLS), y = new Float32Array(n);
        for (let b = 0; b < n; b += 1) {
          y[b] = stream.integer(SYMBOLS);
          x[b * SYMBOLS + y[b]] = 1;
        }
        for (let i = n * SYMBOLS; i < x.length; i += 1) x[i] = NOISE * stream.normal();
        return {x, y};
      },
    };
  }

  /** Add the two marked numbers of a sequence. */
  function adding(delay) {
    const half = Math.floor(delay / 2);
    return {
      name: "adding", steps: delay, features: 2, outputs: 1, loss: "mse", everyStep: false,
      score: "error", baseline: 1 / 6, line: 0.02,
      sample(stream, n) {
        const x = new Float32Array(delay * n * 2), y = new Float32Array(n);
        for (let i = 0; i < x.length; i += 2) x[i] = stream.uniform();
        for (let b = 0; b < n; b += 1) {
          for (const t of [stream.integer(half), half + stream.integer(delay - half)]) {
            x[(t * n + b) * 2 + 1] = 1;
            y[b] += x[(t * n + b) * 2];
          }
        }
        return {x, y};
      },
    };
  }

  /** Say at every step whether the number of ones so far is odd. */
  function parity(delay) {
    return {
      name: "parity", steps: delay, features: 1, outputs: 1, loss: "sigmoid", everyStep: true,
      score: "accuracy", baseline: 0.5, line: 0.95,
      sample(stream, n) {
        const x = new Float32Array(delay * n), y = new Float32Array(delay * n);
        for (let i = 0; i < x.length; i += 1) {
          const bit = stream.integer(2);
          x[i] = 2 * bit - 1;
          y[i] = i < n ? bit : (y[i - n] + bit) % 2;
        }
        return {x, y};
      },
    };
  }

  /** Predict the end of a word of n a's and n b's, n up to half of `delay`. */
  function counting(delay) {
    const longest = Math.max(1, Math.floor(delay / 2)), steps = 2 * longest;
    return {
      name: "counting", steps, features: 2, outputs: 1, loss: "sigmoid", everyStep: true,
      score: "exact", baseline: 1 / longest, line: 0.95,
      sample(stream, n) {
        const x = new Float32Array(steps * n * 2), y = new Float32Array(steps * n).fill(-1);
        for (let b = 0; b < n; b += 1) {
          const count = 1 + stream.integer(longest);
          for (let t = 0; t < 2 * count; t += 1) {
            x[(t * n + b) * 2 + (t < count ? 0 : 1)] = 1;
            if (t >= count) y[t * n + b] = t === 2 * count - 1 ? 1 : 0;
          }
        }
        return {x, y};
      },
    };
  }

  /** Handwritten digits of 8 x 8 pixels, a row a step; `delay` does not count here. */
  function rows() {
    const {train, test} = digits();
    /** A batch of the images with these numbers. */
    function batch({pixels, labels}, chosen) {
      const n = chosen.length;
      const x = new Float32Array(64 * n);
      chosen.forEach((image, b) => {
        for (let t = 0; t < 8; t += 1) {
          for (let j = 0; j < 8; j += 1) x[(t * n + b) * 8 + j] = pixels[image * 64 + t * 8 + j];
        }
      });
      return {x, y: Float32Array.from(chosen, image => labels[image])};
    }
    const counts = new Array(10).fill(0);
    for (const label of test.labels) counts[label] += 1;
    return {
      name: "digits", steps: 8, features: 8, outputs: 10, loss: "softmax", everyStep: false,
      score: "accuracy", baseline: Math.max(...counts) / test.labels.length, line: 0.9,
      sample: (stream, n) => batch(train, Array.from({length: n}, () => stream.integer(train.labels.length))),
      /** Images that are never trained on, the same ones for every network. */
      unseen: (stream, n) => batch(test, Array.from({length: n}, (_, b) => b % test.labels.length)),
    };
  }

  const MAKERS = {recall, adding, parity, counting, digits: rows};

  /** The task of these settings. Unseen data are fresh ones, where a task holds none back. */
  function create({task, delay}) {
    if (!Object.hasOwn(MAKERS, task)) {
      throw new Error(`no task ${JSON.stringify(task)}; choose from ${Object.keys(MAKERS).join(", ")}`);
    }
    const made = MAKERS[task](delay);
    made.unseen ??= made.sample;
    made.higherIsBetter = made.score !== "error";
    return made;
  }

  /** (steps or 1, batch, outputs) of the readout: loss, its gradient in place, and the score of each sequence. */
  function judge(task, m, logits, y, n) {
    const {outputs, loss} = task;
    const rows = y.length;
    const right = new Float64Array(n), asked = new Float64Array(n);
    let total = 0, count = 0;
    for (let r = 0; r < rows; r += 1) if (loss === "mse" || y[r] >= 0) count += 1;
    for (let r = 0; r < rows; r += 1) {
      const at = logits + r * outputs, b = r % n;
      if (loss === "mse") {
        const error = m[at] - y[r];
        total += error * error;
        right[b] += error * error;
        asked[b] += 1;
        m[at] = 2 * error / count;
      } else if (y[r] < 0) {
        for (let k = 0; k < outputs; k += 1) m[at + k] = 0;
      } else if (loss === "sigmoid") {
        const x = m[at];
        total += Math.max(x, 0) - x * y[r] + Math.log1p(Math.exp(-Math.abs(x)));
        right[b] += (x > 0 ? 1 : 0) === y[r] ? 1 : 0;
        asked[b] += 1;
        m[at] = (1 / (1 + Math.exp(-x)) - y[r]) / count;
      } else {
        let most = 0, sum = 0;
        for (let k = 1; k < outputs; k += 1) if (m[at + k] > m[at + most]) most = k;
        const top = m[at + most], given = m[at + y[r]];
        for (let k = 0; k < outputs; k += 1) sum += Math.exp(m[at + k] - top);
        total += Math.log(sum) + top - given;
        right[b] += most === y[r] ? 1 : 0;
        asked[b] += 1;
        for (let k = 0; k < outputs; k += 1) {
          m[at + k] = (Math.exp(m[at + k] - top) / sum - (k === y[r] ? 1 : 0)) / count;
        }
      }
    }
    return {loss: total / count, right, asked};
  }

  /** The score of sequences judged: a mean over answers, or over sequences for "exact". */
  function score(task, right, asked) {
    let sum = 0, count = 0;
    for (let b = 0; b < right.length; b += 1) {
      sum += task.score === "exact" ? +(right[b] === asked[b]) : right[b];
      count += task.score === "exact" ? 1 : asked[b];
    }
    return sum / count;
  }

  const learned = (task, value) => task.higherIsBetter ? value >= task.line : value <= task.line;

  return {create, judge, score, learned, NAMES: Object.keys(MAKERS)};
});
