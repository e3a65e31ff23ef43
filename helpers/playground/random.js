// ---- Random numbers from a seed ----
Playground.add("random", () => {
  /** Mix one more number into a state of 32 bits, so that near seeds give far streams. */
  function mixed(state, number) {
    let t = Math.imul(state ^ (number >>> 0), 0x9E3779B1);
    t = Math.imul(t ^ (t >>> 15), 0x85EBCA77);
    return (t ^ (t >>> 13)) >>> 0;
  }

  /**
   * A stream of random numbers (mulberry32), one for each sequence of seeds.
   *
   * The bits of uniform numbers are the same in every browser. Normal numbers call Math.log,
   * which another browser may round differently.
   */
  function stream(...seeds) {
    const state = Int32Array.of(seeds.reduce(mixed, 0x243F6A88));  // an array, as it is quicker to change
    const pair = new Float64Array(2);
    let left = false;
    /** Uniform above 0 and below 1. */
    function uniform() {
      const s = state[0] += 0x6D2B79F5;
      let t = Math.imul(s ^ (s >>> 15), 1 | s);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
    }
    /** A whole number from 0 to below n. */
    const integer = n => Math.floor(uniform() * n);
    /** Standard normal (Marsaglia's polar method): two at a time, the second kept for the next call. */
    function normal() {
      if (left) {
        left = false;
        return pair[1];
      }
      let x, y, square;
      do {  // a point in the unit circle
        x = 2 * uniform() - 1;
        y = 2 * uniform() - 1;
        square = x * x + y * y;
      } while (square >= 1 || square === 0);
      const scale = Math.sqrt(-2 * Math.log(square) / square);
      pair[1] = scale * y;
      left = true;
      return scale * x;
    }
    return {uniform, integer, normal};
  }

  return {stream};
});
