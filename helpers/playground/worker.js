// ---- A worker made from a file: it loads the engine's scripts, then obeys like any session ----
onmessage = ({data: {scripts, wanted}}) => {
  importScripts(...scripts);
  onmessage = Playground.serve(wanted);
  postMessage({ready: true});
};
