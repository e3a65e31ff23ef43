// ---- Optimisers, as Keras's: the rate, and the betas whose powers are taken, are held in float32 ----
Playground.add("optimisers", () => {
  const BETA1 = 0.9, BETA2 = 0.999, EPSILON = 1e-7;

  /** The norm of n numbers at `at`. */
  function norm(m, at, n) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += m[at + i] * m[at + i];
    return Math.sqrt(sum);
  }

  /** Scale a gradient down to a norm of at most `limit`; 0 stands for no limit. Returns the norm before. */
  function clip(m, gradient, n, limit) {
    const size = norm(m, gradient, n);
    if (limit > 0 && size > limit) for (let i = 0; i < n; i += 1) m[gradient + i] *= limit / size;
    return size;
  }

  const OPTIMISERS = {
    /** Adam (Kingma and Ba 2015) in Keras's form; `step` counts from 1. */
    adam: {
      slots: 2,
      update(m, weights, gradient, [mean, square], n, rate, step) {
        const alpha = Math.fround(rate) * Math.sqrt(1 - Math.fround(BETA2) ** step) / (1 - Math.fround(BETA1) ** step);
        for (let i = 0; i < n; i += 1) {
          const g = m[gradient + i];
          const first = m[mean + i] + (g - m[mean + i]) * (1 - BETA1);
          const second = m[square + i] + (g * g - m[square + i]) * (1 - BETA2);
          m[mean + i] = first;
          m[square + i] = second;
          m[weights + i] -= alpha * first / (Math.sqrt(second) + EPSILON);
        }
      },
    },
    sgd: {
      slots: 0,
      update(m, weights, gradient, slots, n, rate) {
        for (let i = 0; i < n; i += 1) m[weights + i] -= Math.fround(rate) * m[gradient + i];
      },
    },
  };

  function get(name) {
    if (Object.hasOwn(OPTIMISERS, name)) return OPTIMISERS[name];
    throw new Error(`no optimiser ${JSON.stringify(name)}; choose from ${Object.keys(OPTIMISERS).join(", ")}`);
  }

  return {get, clip, norm};
});
