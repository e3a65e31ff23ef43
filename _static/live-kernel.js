"use strict";
// First of three files that run the cells of a page on Binder (the others: live-outputs.js, live.js).
// Binder builds the book's environment from its repository, starts a Jupyter server in it and tells
// where that is; from then on the page speaks Jupyter's protocol with it, as JupyterLab does.
//   https://binderhub.readthedocs.io/en/latest/api.html
//   https://jupyter-client.readthedocs.io/en/stable/messaging.html
const Live = {};
(() => {
// ---- Binder: from the address of a repository to a running server ----
const PHASES = {
  waiting: "Binder is looking for a free machine.",
  fetching: "Binder is fetching the book.",
  building: "Binder is building the book's environment. That takes ten minutes or more, once for all readers.",
  pushing: "Binder is storing the environment.",
  built: "The book's environment is ready.",
  launching: "Binder is starting a machine for you.",
};

/** Ask Binder for a server: a promise of its {url, token}. `tell` hears of each new phase. */
function askBinder(address, tell) {
  return new Promise((resolve, reject) => {
    const stream = new EventSource(address);
    let phase = "";
    stream.onmessage = event => {
      const said = JSON.parse(event.data);
      if (said.phase === "ready") resolve(said);
      else if (/^fail/.test(said.phase)) reject(new Error(`Binder could not start a machine: ${brief(said.message)}`));
      else if (PHASES[said.phase] && said.phase !== phase) tell(PHASES[phase = said.phase]);
      // An open stream would be asked for again when Binder closes it, and Binder would start anew.
      if (/^(ready|fail)/.test(said.phase)) stream.close();
    };
    stream.onerror = () => {
      stream.close();
      reject(new Error("The connection to Binder was lost, or there was none."));
    };
  });
}

/** The last line of a message, which says most, and not more than fits. */
const brief = text => String(text || "it did not say why").trim().split("\n").at(-1).slice(0, 200);

// ---- The kernel: one Python on the machine, and the messages to and from it ----
const unique = () => Date.now().toString(16) + Math.random().toString(16).slice(2);
const seconds = number => new Promise(resolve => setTimeout(resolve, 1000 * number));

class Kernel {
  /** died: hears that Python ended and begins anew; lost: that nothing can be run any more. */
  constructor({url, token}, {died, lost, tell}) {
    Object.assign(this, {url: url.replace(/\/*$/, "/"), token, died, lost, tell, name: unique(), jobs: new Map()});
  }

  /** Start it in the folder of a notebook, and wait until it answers. */
  async start(notebook) {
    // The path says in which folder. A server gives two pages with one path one kernel; this page wants its own.
    const body = {path: `${notebook}-${this.name}`, name: notebook, type: "notebook", kernel: {name: "python3"}};
    const session = await (await this.ask("api/sessions", "POST", body)).json();
    Object.assign(this, {session: session.id, id: session.kernel.id});
    await this.connect();
    await (this.awake = this.answers());
  }

  /** Wait until it answers. What is sent to a Python that is only beginning may be lost, so ask again. */
  async answers() {
    for (let heard = false; !heard;) {
      if (this.ended) throw new Error("Python did not start.");
      const answer = this.request("kernel_info_request", {}).then(() => { heard = true; }, () => 0);
      await Promise.race([answer, seconds(1)]);
    }
  }

  /** Run code: a promise of the reply. `draw` gets the outputs as they come. */
  async run(code, draw) {
    await this.awake;
    // allow_stdin tells the helpers that somebody is looking: they show how far a training is.
    const asked = {code, silent: false, store_history: true, user_expressions: {}, allow_stdin: true};
    return this.request("execute_request", asked, draw);
  }

  async ask(path, method, body, keepalive = false) {
    const headers = {"Authorization": `token ${this.token}`, "Content-Type": "application/json"};
    const asked = {method, headers, body: body && JSON.stringify(body), keepalive};
    const answer = await fetch(this.url + path, asked).catch(() => null);
    if (!answer || !answer.ok) throw new Error(`The machine did not answer${answer ? ` (${answer.status})` : ""}.`);
    return answer;
  }

  connect() {
    return new Promise((resolve, reject) => {
      const address = new URL(`${this.url}api/kernels/${this.id}/channels`);
      address.protocol = address.protocol.replace("http", "ws");
      address.search = new URLSearchParams({token: this.token, session_id: this.name});
      let open = false;
      this.socket = new WebSocket(address);
      this.socket.onopen = () => { open = true; resolve(); };
      this.socket.onmessage = event => typeof event.data === "string" && this.hear(JSON.parse(event.data));
      this.socket.onclose = () => {
        reject(new Error("The connection to the machine was lost."));
        if (open && !this.ended) this.wait(this.mend());
      };
    });
  }

  /** Connect again. The server has kept what the kernel said meanwhile, under the same session. */
  async mend() {
    this.tell("The connection was lost; trying again.");
    for (const pause of [0.5, 1.5, 4]) {
      await seconds(pause);
      if (await this.connect().then(() => true, () => false)) return this.tell("The connection is back.");
    }
    const message = "The connection to the machine was lost, and what had been run with it.";
    this.end(message);
    throw new Error(message);
  }

  /** Let what is to be run wait for something, and fail if that fails. */
  wait(promise) {
    this.awake = promise;
    promise.catch(() => 0);
  }

  end(message) {
    this.ended = true;
    this.drop(message);
    this.lost(message);
  }

  /** Give up what is being run. */
  drop(message) {
    for (const job of this.jobs.values()) job.reject(new Error(message));
    this.jobs.clear();
  }

  /** Send a request: a promise of its reply once the kernel is idle again. `draw` gets all that comes until then. */
  request(type, content, draw = () => {}) {
    return new Promise((resolve, reject) => this.jobs.set(this.send(type, content), {resolve, reject, draw}));
  }

  send(type, content, channel = "shell") {
    const date = new Date().toISOString();
    const header = {msg_id: unique(), msg_type: type, session: this.name, username: "", version: "5.3", date};
    this.socket.send(JSON.stringify({header, parent_header: {}, metadata: {}, content, buffers: [], channel}));
    return header.msg_id;
  }

  hear({header, parent_header: parent, content, channel}) {
    const state = header.msg_type === "status" ? content.execution_state : "";
    if (state === "dead") return this.end("Python has ended, and what had been run with it.");
    if (state === "restarting") {
      const message = "Python has ended, perhaps for want of memory, and began anew: run the cells again.";
      this.drop(message);
      this.wait(this.answers());
      return this.died(message);
    }
    const job = this.jobs.get(parent && parent.msg_id);
    if (!job) return;
    if (header.msg_type === "input_request") {
      this.send("input_reply", {status: "ok", value: prompt(content.prompt) || ""}, "stdin");
    } else if (channel === "shell") job.reply = content;
    else if (state === "idle") job.idle = true;
    else job.draw(header.msg_type, content);
    if (job.reply && job.idle) {  // they come by two ways, in either order
      this.jobs.delete(parent.msg_id);
      job.resolve(job.reply);
    }
  }

  interrupt() { return this.ask(`api/kernels/${this.id}/interrupt`, "POST"); }

  /** Leave: end the session with its kernel. The request goes on when the page is gone. */
  leave() {
    this.ended = true;
    this.drop("not finished");
    this.ask(`api/sessions/${this.session}`, "DELETE", undefined, true).catch(() => 0);
    this.socket.close();
  }
}

Object.assign(Live, {askBinder, Kernel});
})();
