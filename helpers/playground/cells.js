// ---- Recurrent cells: linear parts, and one elementwise step with its derivative ----
//
// As in helpers/cells, a cell forms linear parts from the input x_t, the state h_{t-1} or
// both, and combines them elementwise. A part's numbers stand together as (steps, batch,
// units), so that every loop below runs over n = batch x units numbers side by side.
//
// forward(at) and backward(at) get the places in the memory `at.m`, for one step:
//   at.value[p]  what is linear; the function's value once it has been applied
//   at.slope[p]  the function's derivative there
//   at.delta[p]  dL/d(linear part), which backward fills; often the place of at.slope[p]
//   at.h, at.before         h_t and h_{t-1};  at.dh, at.dBefore  dL/dh_t and dL/dh_{t-1}
//   at.extra[k], at.extraBefore[k]   further vectors of the cell, at t and t-1
//   at.apply(kind, a, y, s)  y = f(a) and s = f'(a), n of each; kind is "state" or "gate"
// backward adds to dL/dh_{t-1} only what does not go through a linear part.
Playground.add("cells", () => {
  const part = (name, input = true, state = true) => ({name, input, state});

  const CELLS = {
    /** h_t = f(x_t W + h_{t-1} U + b) (Elman 1990). */
    SimpleRNN: {
      parts: [part("state")], extra: 0, gated: false, shown: 0,
      forward(at) {
        at.apply("state", at.value[0], at.h, at.slope[0]);
      },
      backward({kernel, n, slope, delta, dh}) {
        kernel.times(delta[0], dh, slope[0], n);
      },
    },

    /** Keras's LSTM; the activation also acts on the output. extra: c, f(c), f'(c), dL/dc. */
    LSTM: {
      parts: [part("input"), part("forget"), part("candidate"), part("output")], extra: 4, gated: true, shown: 2,
      keeps: {part: 1, sign: 1},
      forward({kernel, apply, n, value: [i, f, g, o], slope, h, extra: [c, shown, shownSlope], extraBefore: [before]}) {
        apply("gate", i, i, slope[0]);
        apply("gate", f, f, slope[1]);
        apply("state", g, g, slope[2]);
        apply("gate", o, o, slope[3]);
        kernel.lstmMemory(c, i, f, g, before, n);
        apply("state", c, shown, shownSlope);
        kernel.times(h, o, shown, n);
      },
      backward({kernel, n, value, slope, delta, dh, extra, extraBefore}) {
        kernel.lstmBack(...value, ...slope, ...delta, extra[1], extra[2], extraBefore[0], dh, extra[3], extraBefore[3], n);
      },
    },

    /** Keras's GRU with reset_after=True: two biases a gate; the update gate keeps. */
    GRU: {
      parts: [part("update"), part("reset"), part("candidate_input", true, false), part("candidate_state", false, true)],
      extra: 0, gated: true, shown: 2, recurrentBias: true, keeps: {part: 0, sign: 1},
      forward({kernel, apply, n, value: [z, r, c, u], slope, h, before}) {
        apply("gate", z, z, slope[0]);
        apply("gate", r, r, slope[1]);
        kernel.timesAdd(c, r, u, n);
        apply("state", c, c, slope[2]);
        kernel.between(h, z, before, c, n);
      },
      backward({kernel, n, value, slope, delta, before, dh, dBefore}) {
        kernel.gruBack(...value, ...slope.slice(0, 3), ...delta, before, dh, dBefore, n);
      },
    },

    /** Minimal GRU (Feng et al. 2024): gate and candidate do not see the state; the gate takes. */
    minGRU: {
      parts: [part("update", true, false), part("candidate", true, false)],
      extra: 0, gated: true, shown: 1, keeps: {part: 0, sign: -1},
      forward({kernel, apply, n, value: [z, c], slope, h, before}) {
        apply("gate", z, z, slope[0]);
        apply("state", c, c, slope[1]);
        kernel.between(h, z, c, before, n);
      },
      backward({m, n, value: [z, c], slope: [zs, cs], delta: [dz, dc], before, dh, dBefore}) {
        for (let k = 0; k < n; k += 1) {
          const d = m[dh + k];
          m[dz + k] = d * (m[c + k] - m[before + k]) * m[zs + k];
          m[dc + k] = d * m[z + k] * m[cs + k];
          m[dBefore + k] += d * (1 - m[z + k]);
        }
      },
    },
  };

  /**
   * Where each array stands in the vector of a network's weights: kernel (features, inputWidth),
   * bias (inputWidth), recurrent (units, stateWidth), recurrentBias (stateWidth, GRU alone),
   * readout (units, outputs), readoutBias (outputs). Kernel and bias follow each other, so
   * that they make one matrix for inputs to which a 1 is added.
   */
  function layout(name, features, units, outputs) {
    if (!Object.hasOwn(CELLS, name)) {
      throw new Error(`no cell ${JSON.stringify(name)}; choose from ${Object.keys(CELLS).join(", ")}`);
    }
    const cell = CELLS[name];
    const inputWidth = units * cell.parts.filter(p => p.input).length;
    const stateWidth = units * cell.parts.filter(p => p.state).length;
    let size = 0;
    const place = count => (size += count) - count;
    const at = {
      cell, features, units, outputs, inputWidth, stateWidth,
      kernel: place(features * inputWidth),
      bias: place(inputWidth),
      recurrent: place(units * stateWidth),
      recurrentBias: place(cell.recurrentBias ? stateWidth : 0),
      readout: place(units * outputs),
      readoutBias: place(outputs),
    };
    return {...at, size};
  }

  return {CELLS, layout};
});
