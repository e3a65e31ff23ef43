// ---- The functions that the catalogue's formulas call (see helpers/show/javascript.py) ----
const square = x => x * x;
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const relu = x => Math.max(x, 0);
const relu6 = x => clip(x, 0, 6);
const softsign = x => x / (1 + Math.abs(x));
const softplus = x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logSigmoid = x => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
// Two forms, so that the exponential never overflows.
const sigmoid = x => x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/** The error function: a series of positive terms near 0, a continued fraction from 1.5 on. */
function erf(x) {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size > 6) return Math.sign(x);
  let value = 0;
  if (size < 1.5) {
    for (let n = 0, term = size; term > 1e-17 * value; n += 1, term *= 2 * size * size / (2 * n + 1)) value += term;
    value *= 2 / Math.sqrt(Math.PI) * Math.exp(-size * size);
  } else {
    let fraction = size;
    for (let k = 80; k > 0; k -= 1) fraction = size + k / 2 / fraction;
    value = 1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / fraction;
  }
  return x < 0 ? -value : value;
}
