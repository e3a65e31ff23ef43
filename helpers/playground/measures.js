// ---- What is seen inside a network, after its forward and backward pass ----
Playground.add("measures", ({functions, optimisers}) => {
  const FLOOR = -45;  // log10 of what float32 holds at least: stands for a gradient that reads 0
  const FLAT = 0.1;   // below this share of its largest slope a function counts as flat, as in helpers.measures

  const log10 = size => size > 0 && size < Infinity ? Math.max(Math.log10(size), FLOOR) : size > 0 ? 39 : FLOOR;

  /** log10 of the norm of dL/dh_{T-k}, over units and sequences, for lags k = 0 ... T-1. */
  function gradientByLag({kernel: {memory}, steps, n, dh}) {
    return Float64Array.from({length: steps}, (_, k) => log10(optimisers.norm(memory, dh + (steps - k) * n, n)));
  }

  const finite = value => Number.isFinite(value) ? value : 0;  // of a network that has diverged

  /** The place whose slope is shown: the state's own function, or an LSTM's on its memory. */
  function shownSlope({layout: {cell}, slope, extra, n}) {
    return cell.extra ? extra[2] + n : slope[cell.shown];
  }

  /** One sequence of the batch as (steps, units): h, f'(a) and log10 |dL/dh|. */
  function map(work, sequence = 0) {
    const {kernel: {memory}, layout: {units}, steps, n} = work, from = shownSlope(work);
    const picture = read => {
      const values = new Float32Array(steps * units);
      for (let t = 0; t < steps; t += 1) {
        for (let j = 0; j < units; j += 1) values[t * units + j] = read(t * n + sequence * units + j);
      }
      return values;
    };
    return {
      steps, units,
      h: picture(i => finite(memory[work.h + n + i])),
      slope: picture(i => finite(memory[from + i])),
      gradient: picture(i => log10(Math.abs(memory[work.dh + n + i]))),
    };
  }

  /** Share of units and sequences at which the state's function is nearly flat, by step. */
  function saturatedShare(work) {
    const {kernel: {memory}, steps, n, state} = work, from = shownSlope(work);
    // A function with slopes without bound has no largest one; 1 stands in for it.
    const {slopeMax} = functions[state];
    const limit = FLAT * (slopeMax < Infinity ? slopeMax : 1);
    return share(steps, n, i => Math.abs(memory[from + i]) < limit);
  }

  function share(steps, n, counts) {
    return Array.from({length: steps}, (_, t) => {
      let count = 0;
      for (let i = t * n; i < (t + 1) * n; i += 1) count += counts(i) ? 1 : 0;
      return count / n;
    });
  }

  /** Share of units whose state is exactly 0 in every sequence, by step. */
  function deadShare({kernel: {memory}, layout: {units}, steps, batch, n, h}) {
    return Array.from({length: steps}, (_, t) => {
      let dead = 0;
      for (let j = 0; j < units; j += 1) {
        let b = 0;
        while (b < batch && memory[h + (t + 1) * n + b * units + j] === 0) b += 1;
        dead += b === batch ? 1 : 0;
      }
      return dead / units;
    });
  }

  /**
   * Singular values of a matrix A (rows, columns), largest first: the roots of the eigenvalues
   * of A A^T, by Jacobi's method, which turns a pair of axes at a time. What is smaller than
   * 1e-8 of the largest is lost in rounding.
   */
  function singularValues(matrix, rows, columns) {
    const size = gram(matrix, rows, columns);
    for (let sweep = 0; sweep < 30; sweep += 1) {
      let turned = false;
      for (let p = 0; p < rows; p += 1) {
        for (let q = p + 1; q < rows; q += 1) turned = turn(size, rows, p, q) || turned;
      }
      if (!turned) break;
    }
    const values = Float64Array.from({length: rows}, (_, i) => Math.sqrt(Math.max(size[i * rows + i], 0)));
    return Array.from(values).sort((a, b) => b - a);
  }

  function gram(matrix, rows, columns) {
    const product = new Float64Array(rows * rows);
    for (let i = 0; i < rows; i += 1) {
      for (let j = i; j < rows; j += 1) {
        let sum = 0;
        for (let k = 0; k < columns; k += 1) sum += matrix[i * columns + k] * matrix[j * columns + k];
        product[i * rows + j] = product[j * rows + i] = sum;
      }
    }
    return product;
  }

  /** One Jacobi rotation of a symmetric matrix; false if there was nothing left to turn. */
  function turn(a, n, p, q) {
    const off = a[p * n + q], pp = a[p * n + p], qq = a[q * n + q];
    if (!(Math.abs(off) > 1e-15 * Math.sqrt(Math.abs(pp * qq))) || Math.abs(off) < 1e-280) return false;
    const ratio = (qq - pp) / (2 * off);
    const tangent = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
    const cosine = 1 / Math.hypot(1, tangent), sine = tangent * cosine;
    for (let k = 0; k < n; k += 1) {
      const x = a[p * n + k], y = a[q * n + k];
      a[p * n + k] = cosine * x - sine * y;
      a[q * n + k] = sine * x + cosine * y;
    }
    for (let k = 0; k < n; k += 1) {
      const x = a[k * n + p], y = a[k * n + q];
      a[k * n + p] = cosine * x - sine * y;
      a[k * n + q] = sine * x + cosine * y;
    }
    return true;
  }

  /** Singular values of the whole recurrent kernel (units, gates x units); none for minGRU. */
  function singular({kernel: {memory}, layout}, weights) {
    const {units, stateWidth, recurrent} = layout;
    if (!stateWidth) return [];
    const from = weights + recurrent;
    return singularValues(memory.subarray(from, from + units * stateWidth), units, stateWidth);
  }

  return {FLOOR, gradientByLag, map, saturatedShare, deadShare, singularValues, singular};
});
