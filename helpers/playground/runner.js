// ---- Where the training runs: in a worker if it may, in slices on the page if not ----
//
// Under http a worker is made from the file worker.js, which a policy that names only the
// book's own files allows. From file:// it is made from the texts of the scripts. A policy may
// forbid either, at once or a little later; the page itself then does the work in slices.
Playground.add("serve", ({session}) => wanted => {
  // setTimeout would wait 4 ms after every slice; a message to oneself does not.
  const {port1, port2} = new MessageChannel();
  let next = null;
  port1.onmessage = () => next();
  const later = callback => {
    next = callback;
    port2.postMessage(null);
  };
  const handle = session.create({send: message => globalThis.postMessage(message), slice: 30, later, wanted});
  return ({data}) => handle(data);
});

Playground.add("createRunner", ({session, sources}) => {
  const PATIENCE = 10000;  // milliseconds until a worker that says nothing is given up
  const here = globalThis.document?.currentScript?.src ?? "";
  const engine = () => [...sources].slice(0, 1 + [...sources.keys()].indexOf("serve"));

  function fromFile(wanted) {
    const scripts = engine().map(([, {url}]) => url);
    if (!/^https?:/.test(here) || scripts.some(url => !url)) throw new Error("the scripts are no files of a server");
    const worker = new Worker(new URL("worker.js", here));
    worker.postMessage({scripts: [...new Set(scripts)], wanted});
    return worker;
  }

  function fromText(wanted) {
    const added = engine().filter(([, {make}]) => make).map(([name, {make}]) => `Playground.add(${JSON.stringify(name)}, ${make});`);
    const text = [
      `globalThis.Playground = {sources: new Map(), ${globalThis.Playground.add}};`, ...added,
      `onmessage = Playground.serve(${JSON.stringify(wanted)});`, "postMessage({ready: true});",
    ].join("\n");
    const url = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
    return new Worker(url);
  }

  /**
   * A runner for the page. `prefer` is "worker" or "main thread", `wanted` the kernel; both are
   * for tests and for the curious.
   */
  function createRunner({onReport, onError, prefer = "worker", wanted} = {}) {
    let worker = null, ready = false, closed = false, waiting = [], local = null, timer = null;
    const attempts = prefer === "worker" ? [fromFile, fromText] : [];
    const runner = {kind: "worker"};

    function receive({report, error}) {
      if (closed) return;
      if (error) onError?.(error);
      if (report) onReport?.(report);
    }

    /** Try the next kind of worker; with none left, do the work here. */
    function attempt() {
      clearTimeout(timer);
      worker?.terminate();
      worker = null;
      if (closed) return;
      while (attempts.length) {
        try {
          worker = attempts.shift()(wanted);
        } catch {
          continue;
        }
        worker.onmessage = ({data}) => {
          if (data.ready) {
            ready = true;
            clearTimeout(timer);
            waiting.splice(0).forEach(message => worker.postMessage(message));
          } else receive(data);
        };
        worker.onerror = event => {
          event.preventDefault?.();
          if (!ready) attempt();
          else onError?.(event.message || "the worker failed");
        };
        timer = setTimeout(attempt, PATIENCE);
        return;
      }
      runner.kind = "main thread";
      // A timer between short slices leaves the page time to draw and to hear the reader.
      local = session.create({send: receive, slice: 12, later: callback => setTimeout(callback, 0), wanted});
      ready = true;
      waiting.splice(0).forEach(local);
    }

    function tell(message) {
      if (closed) return;
      if (!ready) waiting.push(message);
      else if (worker) worker.postMessage(message);
      else local(message);
    }

    Object.assign(runner, {
      start: settings => tell({do: "start", settings: {...settings}}),
      run: () => tell({do: "run"}),
      pause: () => tell({do: "pause"}),
      step: (count = 1) => tell({do: "step", count}),
      watch: network => tell({do: "watch", network}),
      reset: () => tell({do: "reset"}),
      close() {
        tell({do: "pause"});
        closed = true;
        clearTimeout(timer);
        worker?.terminate();
      },
    });
    attempt();
    return runner;
  }

  return createRunner;
});
