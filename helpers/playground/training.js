// ---- One network: forward, back-propagation through time, and a training step ----
//
// All networks of a setting have one shape and share one workspace. Numbers stand time first:
// inputs (steps, batch, features + 1), whose last feature is a 1 that carries the bias; every
// linear part (steps, batch, units); states (steps + 1, batch, units), the initial one first.
// What takes long is a generator that yields after every time step, so that whoever runs it
// may stop there and let the page draw.
Playground.add("training", ({cells, tasks, optimisers}) => {
  const CHUNK = 8;  // time steps whose weight gradients are added between two yields

  /** The pieces of a kernel's memory that a network of this shape needs while it is computed. */
  function workspace(kernel, layout, {steps, everyStep}, batch, state, gate) {
    if (batch % 4) throw new Error(`a batch of ${batch} sequences; it must be a multiple of 4`);
    const {cell, features, units, outputs, inputWidth, size} = layout;
    const n = batch * units;
    const places = count => Array.from({length: count}, () => kernel.allocate(steps * n));
    const states = count => Array.from({length: count}, () => kernel.allocate((steps + 1) * n));
    const rows = everyStep ? steps : 1;
    const one = kernel.allocate(1);
    kernel.memory[one] = 1;
    const work = {
      kernel, layout, steps, batch, everyStep, rows, n, state, gate, one,
      x: kernel.allocate(steps * batch * (features + 1)),
      value: places(cell.parts.length),
      slope: places(cell.parts.length),
      delta: [],
      h: kernel.allocate((steps + 1) * n),
      dh: kernel.allocate((steps + 1) * n),
      extra: states(cell.extra),
      logits: kernel.allocate(rows * batch * outputs),
      inputKernel: kernel.allocate((features + 1) * inputWidth),
      transposed: kernel.allocate(units * units * cell.parts.length),
      readoutTransposed: kernel.allocate(units * outputs),
      gradient: kernel.allocate(size),
    };
    // A gradient may take the place of the slope it was made with, unless that slope is to be shown.
    work.delta = work.slope.map((place, p) => p === cell.shown && !cell.extra ? kernel.allocate(steps * n) : place);
    work.at = view(work);
    return work;
  }

  /** What cells.js calls `at`, moved from step to step by `go`. */
  function view(work) {
    const {kernel, layout: {cell}, n} = work;
    const parts = cell.parts.length;
    const at = {
      kernel, n, m: null, value: new Array(parts), slope: new Array(parts), delta: new Array(parts),
      extra: new Array(cell.extra), extraBefore: new Array(cell.extra), h: 0, before: 0, dh: 0, dBefore: 0,
      apply: (kind, a, y, slope) => kernel.fill(work[kind], a, y, slope, n),
    };
    at.go = t => {
      at.m = kernel.memory;
      for (let p = 0; p < parts; p += 1) {
        at.value[p] = work.value[p] + t * n;
        at.slope[p] = work.slope[p] + t * n;
        at.delta[p] = work.delta[p] + t * n;
      }
      for (let k = 0; k < cell.extra; k += 1) {
        at.extraBefore[k] = work.extra[k] + t * n;
        at.extra[k] = at.extraBefore[k] + n;
      }
      at.before = work.h + t * n;
      at.h = at.before + n;
      at.dBefore = work.dh + t * n;
      at.dh = at.dBefore + n;
    };
    return at;
  }

  /** Copy inputs (steps, batch, features) into the workspace, each with its 1. */
  function setInputs({kernel: {memory}, layout: {features}, x: to, steps, batch}, x) {
    for (let row = 0, from = 0, at = to; row < steps * batch; row += 1) {
      for (let j = 0; j < features; j += 1) memory[at++] = x[from++];
      memory[at++] = 1;
    }
  }

  /** For each part, in order: its place among the parts with an input, and with a state; -1 for none. */
  function columns(cell) {
    let input = 0, state = 0;
    return cell.parts.map(part => ({input: part.input ? input++ : -1, state: part.state ? state++ : -1}));
  }

  /** Run a network over the inputs that are set; its answers, before any softmax, are in `work.logits`. */
  function* forward(work, weights) {
    const {kernel, layout, steps, batch, n, at} = work;
    const {cell, features, units, outputs, inputWidth, stateWidth} = layout;
    const m = kernel.memory, wide = features + 1, place = columns(cell);
    for (let i = 0; i < wide * inputWidth; i += 1) m[work.inputKernel + i] = m[weights + layout.kernel + i];
    if (cell.recurrentBias) {  // the two biases of a gate that reads both have the same place
      place.forEach(({input, state}) => {
        if (input < 0 || state < 0) return;
        const to = work.inputKernel + features * inputWidth + input * units;
        for (let j = 0; j < units; j += 1) m[to + j] += m[weights + layout.recurrentBias + state * units + j];
      });
    }
    place.forEach(({input, state}, p) => {
      if (input >= 0) {
        kernel.product(work.value[p], work.x, work.inputKernel + input * units, steps * batch, wide, units,
          wide, 1, inputWidth, units, 0);
      } else {
        kernel.product(work.value[p], work.one, weights + layout.recurrentBias + state * units, steps * batch, 1, units,
          0, 0, 0, units, 0);
      }
    });
    yield;
    for (let t = 0; t < steps; t += 1) {
      at.go(t);
      for (let p = 0; p < place.length; p += 1) {
        if (place[p].state < 0 || t === 0) continue;  // the initial state is 0
        kernel.product(at.value[p], at.before, weights + layout.recurrent + place[p].state * units, batch, units, units,
          units, 1, stateWidth, units, 1);
      }
      cell.forward(at);
      yield;
    }
    const asked = work.h + (work.everyStep ? 1 : steps) * n;
    const rows = work.rows * batch;
    kernel.product(work.logits, work.one, weights + layout.readoutBias, rows, 1, outputs, 0, 0, 0, outputs, 0);
    kernel.product(work.logits, asked, weights + layout.readout, rows, units, outputs, units, 1, outputs, outputs, 1);
  }

  /** Columns `first` to `first + width` of a matrix with rows of `stride`, transposed: (width, height). */
  function transpose(m, to, from, height, width, stride) {
    for (let i = 0; i < height; i += 1) {
      for (let j = 0; j < width; j += 1) m[to + j * height + i] = m[from + i * stride + j];
    }
  }

  /**
   * From dL/dlogits in `work.logits` to dL/dh of every step in `work.dh`, and to the gradient of
   * all weights in `work.gradient`, in the order of the layout.
   */
  function* backward(work, weights) {
    const {kernel, layout, steps, batch, n, at, gradient} = work;
    const {cell, features, units, outputs, inputWidth, stateWidth} = layout;
    const m = kernel.memory, wide = features + 1, place = columns(cell), block = units * units;
    const first = work.everyStep ? 1 : steps, rows = work.rows * batch;
    m.fill(0, gradient, gradient + layout.size);
    kernel.product(gradient + layout.readout, work.h + first * n, work.logits, units, rows, outputs, 1, units, outputs, outputs, 0);
    kernel.product(gradient + layout.readoutBias, work.one, work.logits, 1, rows, outputs, 0, 0, outputs, outputs, 0);
    transpose(m, work.readoutTransposed, weights + layout.readout, units, outputs, outputs);
    m.fill(0, work.dh, work.dh + (steps + 1) * n);
    if (cell.extra) m.fill(0, work.extra[3], work.extra[3] + (steps + 1) * n);
    kernel.product(work.dh + first * n, work.logits, work.readoutTransposed, rows, outputs, units, outputs, 1, units, units, 0);
    place.forEach(({state}, p) => {
      if (state >= 0) transpose(m, work.transposed + p * block, weights + layout.recurrent + state * units, units, units, stateWidth);
    });
    yield;
    for (let t = steps - 1; t >= 0; t -= 1) {
      at.go(t);
      cell.backward(at);
      for (let p = 0; p < place.length; p += 1) {
        if (place[p].state < 0) continue;
        kernel.product(at.dBefore, at.delta[p], work.transposed + p * block, batch, units, units, units, 1, units, units, 1);
      }
      yield;
    }
    for (let t = 0; t < steps; t += CHUNK) {
      const count = Math.min(CHUNK, steps - t) * batch, from = t * n;
      place.forEach(({input, state}, p) => {
        const delta = work.delta[p] + from;
        if (input >= 0) {
          kernel.product(gradient + layout.kernel + input * units, work.x + t * batch * wide, delta, wide, count, units,
            1, wide, units, inputWidth, 1);
        }
        if (state >= 0) {
          kernel.product(gradient + layout.recurrent + state * units, work.h + from, delta, units, count, units,
            1, units, units, stateWidth, 1);
          if (cell.recurrentBias) {
            kernel.product(gradient + layout.recurrentBias + state * units, work.one, delta, 1, count, units, 0, 0, units, units, 1);
          }
        }
      });
      yield;
    }
  }

  /** Loss, score and gradient on a batch; see tasks.judge. */
  function* learn(work, task, weights, {x, y}) {
    setInputs(work, x);
    yield* forward(work, weights);
    const judged = tasks.judge(task, work.kernel.memory, work.logits, y, work.batch);
    yield* backward(work, weights);
    return judged;
  }

  /** Loss and score on sequences cut into batches of the workspace's size. */
  function* evaluate(work, task, weights, batches) {
    let loss = 0;
    const right = [], asked = [];
    for (const {x, y} of batches) {
      setInputs(work, x);
      yield* forward(work, weights);
      const judged = tasks.judge(task, work.kernel.memory, work.logits, y, work.batch);
      loss += judged.loss / batches.length;
      right.push(...judged.right);
      asked.push(...judged.asked);
    }
    return {loss, score: tasks.score(task, right, asked)};
  }

  /** Clip the gradient and change the weights. Returns the gradient's norm before clipping. */
  function apply(work, weights, slots, {optimiser, rate, clip}, step) {
    const {kernel: {memory}, gradient, layout: {size}} = work;
    const norm = optimisers.clip(memory, gradient, size, clip);
    if (Number.isFinite(norm)) optimisers.get(optimiser).update(memory, weights, gradient, slots, size, rate, step);
    return norm;
  }

  /** Run a generator to its end at once. */
  function finish(generator) {
    for (;;) {
      const {done, value} = generator.next();
      if (done) return value;
    }
  }

  return {workspace, setInputs, forward, backward, learn, evaluate, apply, finish};
});
