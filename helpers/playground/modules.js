// ---- The one global name, and how a file adds its idea to it ----
//
// ES modules do not load from file://, so every file is a plain script that calls
// Playground.add("name", make). `make` gets everything added before it and returns what
// becomes Playground.name. It may refer to nothing else outside itself: a worker is
// made from the texts of these functions where a worker cannot be made from a file.
globalThis.Playground ??= {
  /** Name: {make, url}, in the order in which they were added. */
  sources: new Map([["modules", {make: null, url: globalThis.document?.currentScript?.src ?? ""}]]),

  add(name, make) {
    const url = globalThis.document?.currentScript?.src ?? "";
    globalThis.Playground.sources.set(name, {make, url});
    globalThis.Playground[name] = make(globalThis.Playground);
  },
};
