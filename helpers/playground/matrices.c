// The loops that take the time, for WebAssembly with 128-bit vectors; matrices.js says what
// each of them computes and holds the same in JavaScript. Compiled by matrices.py.
typedef float vec __attribute__((vector_size(16), aligned(4)));
typedef int ints __attribute__((vector_size(16)));
#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define AT(p) (*(vec *)(p))

INLINE vec all(float x) { return (vec){x, x, x, x}; }

// One block of a product, (rows, 4 vecs), held in registers; vecs = 0 is a single column.
INLINE void block(int rows, int vecs, float *c, const float *a, const float *b, int k,
                  int a_row, int a_step, int b_step, int c_row, int add) {
  vec sum[4][2];
  float one[4];
  UNROLL for (int r = 0; r < rows; r++) {
    one[r] = add && !vecs ? c[r * c_row] : 0;
    UNROLL for (int v = 0; v < vecs; v++) sum[r][v] = add ? AT(c + r * c_row + 4 * v) : all(0);
  }
  for (int p = 0; p < k; p++, a += a_step, b += b_step) {
    UNROLL for (int r = 0; r < rows; r++) {
      if (!vecs) one[r] += a[r * a_row] * b[0];
      vec x = all(a[r * a_row]);
      UNROLL for (int v = 0; v < vecs; v++) sum[r][v] += x * AT(b + 4 * v);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    if (!vecs) c[r * c_row] = one[r];
    UNROLL for (int v = 0; v < vecs; v++) AT(c + r * c_row + 4 * v) = sum[r][v];
  }
}

EXPORT(product)(float *c, const float *a, const float *b, int m, int k, int n,
                int a_row, int a_step, int b_step, int c_row, int add) {
#define BLOCKS(rows, vecs, width)                                                            \
  for (; j + width <= n; j += width)                                                         \
    block(rows, vecs, c + i * c_row + j, a + i * a_row, b + j, k, a_row, a_step, b_step, c_row, add);
  int i = 0;
  for (; i + 4 <= m; i += 4) { int j = 0; BLOCKS(4, 2, 8) BLOCKS(4, 1, 4) BLOCKS(4, 0, 1) }
  for (; i < m; i++) { int j = 0; BLOCKS(1, 2, 8) BLOCKS(1, 1, 4) BLOCKS(1, 0, 1) }
}

// x kept between -most and most; NaN stays NaN, as it comes first.
INLINE vec within(vec x, float most) {
  return __builtin_wasm_pmax_f32x4(__builtin_wasm_pmin_f32x4(x, all(most)), all(-most));
}

// x P(x^2) / Q(x^2), fitted to tanh between -9.01 and 9.01 with a relative error of 2e-8.
INLINE vec tanh4(vec x) {
  x = within(x, 9.01f);
  vec s = x * x;
  vec p = all(1.3336852465108266e-08f) * s + all(2.0596279349019533e-05f);
  vec q = all(7.769285459492928e-07f) * s + all(3.284363868665778e-04f);
  p = (p * s + all(3.494811495708771e-03f)) * s + all(0.13380372030332796f);
  q = (q * s + all(2.5874028603280277e-02f)) * s + all(0.46713687462762404f);
  vec y = x * (p * s + all(0.9999999792926807f)) / (q * s + all(1));
  return within(y, 1);
}

// In what follows n is a multiple of 4.
#define LOOP for (int k = 0; k < n; k += 4)

EXPORT(tanh)(float *a, float *y, float *slope, int n) {
  LOOP {
    vec value = tanh4(AT(a + k));
    AT(y + k) = value;
    AT(slope + k) = all(1) - value * value;
  }
}

EXPORT(sigmoid)(float *a, float *y, float *slope, int n) {
  LOOP {
    vec value = all(0.5f) + all(0.5f) * tanh4(all(0.5f) * AT(a + k));
    AT(y + k) = value;
    AT(slope + k) = value * (all(1) - value);
  }
}

EXPORT(relu)(float *a, float *y, float *slope, int n) {
  LOOP {
    vec x = AT(a + k);
    AT(y + k) = __builtin_wasm_pmax_f32x4(x, all(0));
    AT(slope + k) = (vec)((ints)(x > all(0)) & (ints)all(1));
  }
}

EXPORT(times)(float *c, float *a, float *b, int n) { LOOP AT(c + k) = AT(a + k) * AT(b + k); }

EXPORT(timesAdd)(float *c, float *a, float *b, int n) { LOOP AT(c + k) += AT(a + k) * AT(b + k); }

EXPORT(between)(float *c, float *share, float *a, float *b, int n) {
  LOOP AT(c + k) = AT(share + k) * AT(a + k) + (all(1) - AT(share + k)) * AT(b + k);
}

EXPORT(lstmMemory)(float *c, float *i, float *f, float *g, float *before, int n) {
  LOOP AT(c + k) = AT(f + k) * AT(before + k) + AT(i + k) * AT(g + k);
}

EXPORT(lstmBack)(float *i, float *f, float *g, float *o, float *is, float *fs, float *gs, float *os,
                 float *di, float *df, float *dg, float *d_o, float *shown, float *shown_slope,
                 float *before, float *dh, float *dc, float *dc_before, int n) {
  LOOP {
    vec h = AT(dh + k), c = AT(dc + k) + h * AT(o + k) * AT(shown_slope + k);
    AT(dc + k) = c;
    AT(d_o + k) = h * AT(shown + k) * AT(os + k);
    AT(di + k) = c * AT(g + k) * AT(is + k);
    AT(dg + k) = c * AT(i + k) * AT(gs + k);
    AT(df + k) = c * AT(before + k) * AT(fs + k);
    AT(dc_before + k) = c * AT(f + k);
  }
}

EXPORT(gruBack)(float *z, float *r, float *c, float *u, float *zs, float *rs, float *cs,
                float *dz, float *dr, float *dc, float *du, float *before, float *dh,
                float *dh_before, int n) {
  LOOP {
    vec h = AT(dh + k), d = h * (all(1) - AT(z + k)) * AT(cs + k);
    AT(dc + k) = d;
    AT(du + k) = d * AT(r + k);
    AT(dr + k) = d * AT(u + k) * AT(rs + k);
    AT(dz + k) = h * (AT(before + k) - AT(c + k)) * AT(zs + k);
    AT(dh_before + k) += h * AT(z + k);
  }
}
