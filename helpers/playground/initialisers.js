// ---- Initial weights, by the distributions of helpers/cells/initialisers.py ----
//
// Matrices are Float64Array, row by row. A network's streams are its own: one each for the
// kernel, the recurrent kernel and the readout, so that two settings which differ in one of
// them share the others.
Playground.add("initialisers", ({random}) => {
  /** (rows, columns), uniform (Glorot and Bengio 2010, equation 16). */
  function glorot(stream, rows, columns) {
    const limit = Math.sqrt(6 / (rows + columns));
    return Float64Array.from({length: rows * columns}, () => limit * (2 * stream.uniform() - 1));
  }

  /** (rows, columns) with rows <= columns: orthonormal rows, uniform over all such matrices. */
  function orthogonal(stream, rows, columns) {
    const matrix = Float64Array.from({length: rows * columns}, stream.normal);
    for (let i = 0; i < rows; i += 1) {
      const row = matrix.subarray(i * columns, (i + 1) * columns);
      // Gram and Schmidt, twice over: what rounding left in the first time goes in the second.
      for (let round = 0; round < 2; round += 1) {
        for (let k = 0; k < i; k += 1) {
          const done = matrix.subarray(k * columns, (k + 1) * columns);
          let share = 0;
          for (let j = 0; j < columns; j += 1) share += row[j] * done[j];
          for (let j = 0; j < columns; j += 1) row[j] -= share * done[j];
        }
      }
      const size = Math.hypot(...row);
      for (let j = 0; j < columns; j += 1) row[j] /= size;
    }
    return matrix;
  }

  /** (units, blocks x units): an identity for each gate. */
  function identity(units, blocks) {
    const matrix = new Float64Array(units * blocks * units);
    for (let i = 0; i < units; i += 1) {
      for (let block = 0; block < blocks; block += 1) matrix[(i * blocks + block) * units + i] = 1;
    }
    return matrix;
  }

  /** The recurrent kernels of all gates side by side, as Keras draws them: (units, blocks x units). */
  function recurrent(stream, start, gain, units, blocks) {
    if (start === "identity") return identity(units, blocks);
    if (start === "glorot") return glorot(stream, units, blocks * units);
    const matrix = orthogonal(stream, units, blocks * units);
    return start === "scaled" ? matrix.map(value => gain * value) : matrix;
  }

  /**
   * All weights of a network as one vector, in the order of `layout` (see cells.js).
   * `bias` goes to the part that decides what is kept; see cells.js for its sign.
   */
  function network(layout, {start, gain, bias}, seeds) {
    const {units, features, outputs, cell} = layout;
    const weights = new Float64Array(layout.size);
    const width = layout.inputWidth, blocks = layout.stateWidth / units;
    weights.set(glorot(random.stream(...seeds, 0), features, width), layout.kernel);
    if (blocks) weights.set(recurrent(random.stream(...seeds, 1), start, gain, units, blocks), layout.recurrent);
    weights.set(glorot(random.stream(...seeds, 2), units, outputs), layout.readout);
    if (cell.keeps) {
      const at = layout.bias + cell.keeps.part * units;
      weights.fill(cell.keeps.sign * bias, at, at + units);
    }
    return weights;
  }

  return {glorot, orthogonal, identity, recurrent, network};
});
