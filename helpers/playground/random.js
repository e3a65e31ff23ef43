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
   * The bits of uniform numbers are the same in every browser. Normal numbers call Math.log
   * and Math.cos, which another browser may round differently.
   */
  function stream(...seeds) {
    let state = seeds.reduce(mixed, 0x243F6A88);
    let spare = null;
    /** Uniform above 0 and below 1. */
    function uniform() {
      state = (state + 0x6D2B79F5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
    }
    /** A whole number from 0 to below n. */
    const integer = n => Math.floor(uniform() * n);
    /** Standard normal (Box and Muller): two at a time, the second kept for the next call. */
    function normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const size = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = size * Math.sin(angle);
      return size * Math.cos(angle);
    }
    return {uniform, integer, normal};
  }

  return {stream};
});
