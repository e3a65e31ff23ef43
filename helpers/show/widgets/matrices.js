// ---- Random numbers from a seed, and the few matrices that gradient-reach needs ----

/** A stream of standard normal numbers: mulberry32, then Box and Muller's transform. */
function normalNumbers(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}
const times = (matrix, vector) => matrix.map(row => dot(row, vector));

/** Rows made orthonormal one after the other (Gram and Schmidt). */
function orthonormal(matrix) {
  const rows = [];
  for (const row of matrix) {
    let rest = row.slice();
    for (const done of rows) {
      const share = dot(rest, done);
      rest = rest.map((value, i) => value - share * done[i]);
    }
    const size = Math.sqrt(dot(rest, rest));
    rows.push(rest.map(value => value / size));
  }
  return rows;
}

/** The starts of U, as in helpers/cells/initialisers.py: each a function of a normal stream and the size. */
const STARTS = {
  orthogonal: (normal, n) => orthonormal(STARTS.gaussian(normal, n)),
  identity: (normal, n) => Array.from({length: n}, (_, i) => Array.from({length: n}, (_, j) => +(i === j))),
  gaussian: (normal, n) => Array.from({length: n}, () => Array.from({length: n}, () => normal() / Math.sqrt(n))),
};

/**
 * Largest singular value of a matrix by power iteration. `guess` is a left vector to begin
 * with; it is improved in place, so that the next, longer product starts near its answer.
 */
function largestSingularValue(matrix, guess) {
  const n = guess.length;
  const left = guess.map((value, i) => value + 0.1 * Math.cos(1 + 7 * i));  // never at a right angle to the answer
  const right = new Array(n);
  let size = 0;
  for (let round = 0; round < 400; round += 1) {
    const length = Math.sqrt(dot(left, left));
    if (!(length > 0)) return length;  // the matrix is 0, or not a number
    right.fill(0);
    for (let i = 0; i < n; i += 1) {
      left[i] /= length;
      for (let j = 0; j < n; j += 1) right[j] += left[i] * matrix[i][j];
    }
    const before = size;
    size = Math.sqrt(dot(right, right));
    for (let i = 0; i < n; i += 1) guess[i] = left[i];
    if (!(Math.abs(size - before) > 1e-7 * size)) break;
    for (let i = 0; i < n; i += 1) left[i] = dot(matrix[i], right);
  }
  return size;
}

/** log10 of the spectral norms of J_T, J_T J_{T-1}, ... for J_t = diag(slopes[t]) U; lag 0 comes first. */
function productNorms(U, slopes) {
  const n = U.length;
  const guess = new Array(n).fill(1);
  let product = STARTS.identity(null, n);
  let exponent = 0;
  const logs = [0];
  for (let t = slopes.length - 1; t >= 0; t -= 1) {
    // The norm soon leaves the range of floating-point numbers, so its size is kept apart.
    let largest = 0;
    product = product.map(row => {
      const scaled = row.map((value, j) => value * slopes[t][j]);
      const next = new Array(n).fill(0);
      for (let j = 0; j < n; j += 1) {
        if (scaled[j] !== 0) for (let k = 0; k < n; k += 1) next[k] += scaled[j] * U[j][k];
      }
      for (const value of next) largest = Math.max(largest, Math.abs(value));
      return next;
    });
    if (!(largest > 0 && largest < Infinity)) {
      const end = largest === 0 ? -Infinity : NaN;
      while (logs.length <= slopes.length) logs.push(end);
      return logs;
    }
    for (const row of product) for (let k = 0; k < n; k += 1) row[k] /= largest;
    exponent += Math.log10(largest);
    logs.push(exponent + Math.log10(largestSingularValue(product, guess)));
  }
  return logs;
}
