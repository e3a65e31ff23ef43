// ---- The loops that take the time: in WebAssembly where it may run, in JavaScript elsewhere ----
//
// A kernel has one memory, from which allocate(count) gives out pieces; a piece is the number
// of its first entry. WebAssembly computes in float32, JavaScript in float64. With a, b, c, ...
// such numbers and n a multiple of 4, both have
//   product(c, a, b, m, k, n, aRow, aStep, bStep, cRow, add)
//       C (m, n) = A (m, k) B (k, n), added to C if `add`. A[i, p] stands at a + i aRow + p aStep
//       (so that A may be a transposed matrix, or one number again and again), B[p, j] at
//       b + p bStep + j, C[i, j] at c + i cRow + j.
//   fill(name, a, y, slope, n)   y = f(a) and slope = f'(a), for a function of the catalogue
//   times, timesAdd(c, a, b, n)  c = a b;  c = c + a b
//   between(c, share, a, b, n)   c = share a + (1 - share) b
//   lstmMemory, lstmBack, gruBack  the elementwise steps of cells.js
Playground.add("matrices", ({functions, compiled}) => {
  const PAGE = 65536, RESERVED = 2 * PAGE;  // the compiled code may use the first pages as its stack

  /** Two rows and four columns of a product at once: every number read is used more than once. */
  function twoByFour(x, c, a, b, k, aRow, aStep, bStep, cRow, add) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
    for (let p = 0, left = a, right = b; p < k; p += 1, left += aStep, right += bStep) {
      const u = x[left], v = x[left + aRow];
      const b0 = x[right], b1 = x[right + 1], b2 = x[right + 2], b3 = x[right + 3];
      s0 += u * b0;
      s1 += u * b1;
      s2 += u * b2;
      s3 += u * b3;
      t0 += v * b0;
      t1 += v * b1;
      t2 += v * b2;
      t3 += v * b3;
    }
    const below = c + cRow;
    if (add) {
      s0 += x[c];
      s1 += x[c + 1];
      s2 += x[c + 2];
      s3 += x[c + 3];
      t0 += x[below];
      t1 += x[below + 1];
      t2 += x[below + 2];
      t3 += x[below + 3];
    }
    x[c] = s0;
    x[c + 1] = s1;
    x[c + 2] = s2;
    x[c + 3] = s3;
    x[below] = t0;
    x[below + 1] = t1;
    x[below + 2] = t2;
    x[below + 3] = t3;
  }

  /** One number of a product. */
  function one(x, c, a, b, k, aStep, bStep, add) {
    let sum = add ? x[c] : 0;
    for (let p = 0; p < k; p += 1) sum += x[a + p * aStep] * x[b + p * bStep];
    x[c] = sum;
  }

  /** x P(x^2) / Q(x^2), fitted to tanh between -16 and 16 with a relative error of 3e-12; half the time of Math.tanh. */
  function tanh(value) {
    const x = Math.min(Math.max(value, -16), 16), s = x * x;
    const p = (((((((3.780893273340274e-17 * s + 4.696106757687557e-13) * s + 7.585616393676571e-10) * s
      + 3.714294951012169e-07) * s + 6.993447084635455e-05) * s + 5.318264792862778e-03) * s
      + 0.14734803323376242) * s + 0.9999999999999998);
    const q = (((((((6.1392805023612e-15 * s + 2.251201431001828e-11) * s + 1.9085980288332556e-08) * s
      + 5.70673606587652e-06) * s + 6.846907783142222e-04) * s + 3.221205364961788e-02) * s
      + 0.4806813665669619) * s + 1);
    return x * p / q;
  }

  /** The two functions that most cells call, quicker than from the catalogue. */
  const QUICK = {
    tanh(m, a, y, slope, n) {
      for (let k = 0; k < n; k += 1) {
        const value = tanh(m[a + k]);
        m[y + k] = value;
        m[slope + k] = 1 - value * value;
      }
    },
    sigmoid(m, a, y, slope, n) {
      for (let k = 0; k < n; k += 1) {
        const value = 0.5 + 0.5 * tanh(0.5 * m[a + k]);
        m[y + k] = value;
        m[slope + k] = value * (1 - value);
      }
    },
  };

  /** What the compiled code computes, over a memory of any type of number. */
  function plain(kernel) {
    return {
      product(c, a, b, m, k, n, aRow, aStep, bStep, cRow, add) {
        const x = kernel.memory;
        let i = 0;
        for (; i + 2 <= m; i += 2) {
          let j = 0;
          for (; j + 4 <= n; j += 4) twoByFour(x, c + i * cRow + j, a + i * aRow, b + j, k, aRow, aStep, bStep, cRow, add);
          for (; j < n; j += 1) {
            one(x, c + i * cRow + j, a + i * aRow, b + j, k, aStep, bStep, add);
            one(x, c + (i + 1) * cRow + j, a + (i + 1) * aRow, b + j, k, aStep, bStep, add);
          }
        }
        if (i < m) for (let j = 0; j < n; j += 1) one(x, c + i * cRow + j, a + i * aRow, b + j, k, aStep, bStep, add);
      },
      times(c, a, b, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) x[c + k] = x[a + k] * x[b + k];
      },
      timesAdd(c, a, b, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) x[c + k] += x[a + k] * x[b + k];
      },
      between(c, share, a, b, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) x[c + k] = x[share + k] * x[a + k] + (1 - x[share + k]) * x[b + k];
      },
      lstmMemory(c, i, f, g, before, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) x[c + k] = x[f + k] * x[before + k] + x[i + k] * x[g + k];
      },
      lstmBack(i, f, g, o, is, fs, gs, os, di, df, dg, d_o, shown, shownSlope, before, dh, dc, dcBefore, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) {
          const h = x[dh + k], d = x[dc + k] + h * x[o + k] * x[shownSlope + k];
          x[dc + k] = d;
          x[d_o + k] = h * x[shown + k] * x[os + k];
          x[di + k] = d * x[g + k] * x[is + k];
          x[dg + k] = d * x[i + k] * x[gs + k];
          x[df + k] = d * x[before + k] * x[fs + k];
          x[dcBefore + k] = d * x[f + k];
        }
      },
      gruBack(z, r, c, u, zs, rs, cs, dz, dr, dc, du, before, dh, dhBefore, n) {
        const x = kernel.memory;
        for (let k = 0; k < n; k += 1) {
          const h = x[dh + k], d = h * (1 - x[z + k]) * x[cs + k];
          x[dc + k] = d;
          x[du + k] = d * x[r + k];
          x[dr + k] = d * x[u + k] * x[rs + k];
          x[dz + k] = h * (x[before + k] - x[c + k]) * x[zs + k];
          x[dhBefore + k] += h * x[z + k];
        }
      },
    };
  }

  /** A kernel in JavaScript alone, with its numbers in float64. */
  function inJavaScript() {
    const kernel = {name: "JavaScript", memory: new Float64Array(1 << 16), used: 0, epsilon: 2 ** -52};
    kernel.grow = count => {
      const larger = new Float64Array(2 * count);
      larger.set(kernel.memory);
      kernel.memory = larger;
    };
    kernel.fill = (name, a, y, slope, n) => {
      const fill = Object.hasOwn(QUICK, name) ? QUICK[name] : functions[name].fill;
      fill(kernel.memory, a, y, slope, n);
    };
    return withMemory(Object.assign(kernel, plain(kernel)), 0);
  }

  /** A kernel in WebAssembly, with its numbers in float32. Fails where a policy or the browser forbids it. */
  async function inWebAssembly() {
    const bytes = Uint8Array.from(atob(compiled.code), character => character.charCodeAt(0));
    const memory = new WebAssembly.Memory({initial: RESERVED / PAGE});
    const {instance} = await WebAssembly.instantiate(bytes, {env: {memory}});
    const {product, tanh, sigmoid, relu, ...others} = instance.exports;
    const kernel = {name: "WebAssembly", memory: new Float32Array(memory.buffer), used: 0, epsilon: 2 ** -23};
    kernel.grow = count => {
      memory.grow(Math.ceil((4 * count - memory.buffer.byteLength) / PAGE));
      kernel.memory = new Float32Array(memory.buffer);
    };
    kernel.product = (c, a, b, m, k, n, aRow, aStep, bStep, cRow, add) =>
      product(4 * c, 4 * a, 4 * b, m, k, n, aRow, aStep, bStep, cRow, add);
    const quick = {tanh, sigmoid, relu};
    kernel.fill = (name, a, y, slope, n) => {
      if (Object.hasOwn(quick, name)) quick[name](4 * a, 4 * y, 4 * slope, n);
      else functions[name].fill(kernel.memory, a, y, slope, n);
    };
    for (const name of ["times", "timesAdd", "between", "lstmMemory", "lstmBack", "gruBack"]) {
      // Places become addresses in bytes; the last argument is a count.
      kernel[name] = (...places) => others[name](...places.map((place, i) => i < places.length - 1 ? 4 * place : place));
    }
    return withMemory(kernel, RESERVED / 4);
  }

  function withMemory(kernel, first) {
    kernel.used = first;
    /** A piece of `count` numbers, all 0. */
    kernel.allocate = count => {
      const at = kernel.used;
      kernel.used += 4 * Math.ceil(count / 4);
      if (kernel.used > kernel.memory.length) kernel.grow(kernel.used);
      kernel.memory.fill(0, at, kernel.used);
      return at;
    };
    /** Take all pieces back. */
    kernel.release = () => {
      kernel.used = first;
    };
    return kernel;
  }

  /** The quicker kernel, if it can be had; "JavaScript" as `wanted` asks for the other one. */
  async function create(wanted = "WebAssembly") {
    if (wanted === "WebAssembly") {
      try {
        return await inWebAssembly();
      } catch {
        // No WebAssembly, no 128-bit vectors, or a policy without 'wasm-unsafe-eval'.
      }
    }
    return inJavaScript();
  }

  return {create};
});
