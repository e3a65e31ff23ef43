"use strict";
// Last of three files that run the cells of a page on Binder: the cells, and the page with its button.
// Nothing is asked of anybody before the reader has pressed the button.
(() => {
const {askBinder, Kernel, ANSI, MOST, element, set, textBox, drawn} = Live;
const panel = document.querySelector(".live-panel");
if (!panel) return;

// ---- A cell: code that can be changed, the book's outputs, and the reader's ----
const shown = new Map();  // outputs that may change later, by their display id

class Cell {
  constructor(box, number) {
    Object.assign(this, {box, number, name: `Cell ${number}`, ran: false});
    // Not the block itself is made editable: the theme says of all blocks whether Tab reaches them.
    const block = box.querySelector(".cell_input pre");
    this.code = element("span", "live-code", ...block.childNodes);
    this.text = this.source();
    this.highlighted = [...this.code.cloneNode(true).childNodes];
    this.stored = box.querySelector(".cell_output");
    block.append(this.code);
  }

  /** Let the reader change and run it. */
  open(run) {
    this.ran = false;
    this.tell("");
    if (this.bar) return;
    this.said = element("span", "live-said");
    set(this.said, {role: "status"});
    this.run = button("Run", `Run cell ${this.number}`, run);
    this.back = button("As stored", "", () => this.turn());
    this.back.hidden = true;
    this.bar = element("div", "live-bar d-print-none", this.run, this.back, this.said);
    this.output = element("div", "cell_output docutils container live-output");
    this.output.hidden = true;
    (this.box.querySelector(":scope > details") || this.box.querySelector(".cell_input")).after(this.bar, this.output);
    set(this.code, {role: "textbox", "aria-multiline": true, "aria-label": `Code of cell ${this.number}`});
    set(this.code, {spellcheck: false, autocapitalize: "off"});
    try { this.code.contentEditable = "plaintext-only"; } catch { this.code.contentEditable = "true"; }
    this.code.addEventListener("keydown", event => {
      event.stopPropagation();  // "/" would open the search of the page
      if (event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      run();
    });
    this.tell("");
  }

  tell(message) { if (this.said) this.said.textContent = message ? `${this.name}: ${message}` : this.name; }

  /** Its code as it stands now. A browser may have put in a line break of its own. */
  source() {
    const copy = this.code.cloneNode(true);
    for (const each of copy.querySelectorAll("br")) each.replaceWith("\n");
    return copy.textContent.replace(/\n+$/, "");
  }

  /** Run it: a promise of whether the cells after it may follow. */
  async execute(kernel) {
    const began = performance.now();
    this.begun = false;
    this.clearNext = true;  // what stands there stays until there is something new
    this.tell("running …");
    const reply = await kernel.run(this.source(), (type, content) => this.hear(type, content));
    if (!this.begun) this.clear();
    if (this.output.childElementCount === 1) this.output.append(element("p", "live-said", "It shows nothing."));
    this.ran = true;
    const taken = ((performance.now() - began) / 1000).toFixed(1);
    if (reply.status === "ok") this.tell(`done in ${taken} s`);
    else if (reply.ename === "KeyboardInterrupt") this.tell("stopped");
    else this.tell(`error: ${reply.ename || reply.status}`);
    return reply.status === "ok";
  }

  /** Make room for new outputs. */
  clear() {
    this.begun = true;
    this.clearNext = false;
    this.stream = null;
    this.output.replaceChildren(element("p", "live-mark", "Your run"));
    this.show(true);
  }

  hear(type, content) {
    if (type === "clear_output") {
      if (content.wait) this.clearNext = true;
      else this.clear();
      return;
    }
    if (type === "update_display_data") return this.renew(content);
    if (!["stream", "error", "display_data", "execute_result"].includes(type)) return;
    if (this.clearNext) this.clear();
    if (type === "stream") return this.write(content);
    this.stream = null;
    if (type === "error") {
      const told = content.traceback.join("\n") || `${content.ename}: ${content.evalue}`;
      this.output.append(textBox(told, "traceback"));
    } else {
      const node = drawn(content.data) || element("div", ""), id = (content.transient || {}).display_id;
      if (id) shown.set(id, node);
      if (id || node.childNodes.length) this.output.append(node);
    }
  }

  renew({data, transient}) {
    const node = drawn(data) || element("div", ""), old = shown.get(transient.display_id);
    if (old) old.replaceWith(node);
    shown.set(transient.display_id, node);
  }

  /** Text that goes on where the last ended; after a carriage return a line is written anew. */
  write({name, text}) {
    if (!this.stream || this.stream.name !== name) {
      const box = textBox("", name === "stderr" ? "stderr" : "stream");
      this.stream = {name, text: "", pre: box.querySelector("pre")};
      this.output.append(box);
    }
    const whole = (this.stream.text + text.replace(ANSI, "")).replace(/\r\n/g, "\n").replace(/[^\n]*\r(?=[^\n])/g, "");
    this.stream.text = whole.length > MOST ? `(the beginning is left out)\n${whole.slice(-MOST)}` : whole;
    this.stream.pre.textContent = this.stream.text;
  }

  /** Show the reader's outputs or the book's. */
  show(own) {
    this.output.hidden = !own;
    if (this.stored) this.stored.hidden = own;
    this.back.hidden = false;
    this.back.textContent = own ? "As stored" : "Your run";
    this.back.setAttribute("aria-label", `${this.back.textContent}: code and outputs of cell ${this.number}`);
  }

  /** Turn from the reader's code and outputs to the book's, and back; neither is lost. */
  turn() {
    const own = this.output.hidden;
    if (!own) this.own = this.source();
    const text = own ? this.own : this.text;
    if (text === this.text) this.code.replaceChildren(...this.highlighted.map(node => node.cloneNode(true)));
    else this.code.textContent = text;
    this.show(own);
  }
}

function button(text, label, press) {
  const made = element("button", "live-button", text);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", press);
  return made;
}

// ---- The page: one button that connects and then runs all, and the cells in their order ----
const start = panel.querySelector(".live-start"), stop = panel.querySelector(".live-stop");
const cells = [...document.querySelectorAll("div.cell")].filter(box => box.querySelector(".cell_input pre"))
  .map((box, place) => new Cell(box, place + 1));
let kernel = null, connecting = false, queue = [], running = null;

const tell = message => { panel.querySelector(".live-said").textContent = message; };

async function connect() {
  connecting = true;
  start.setAttribute("aria-disabled", "true");  // and not disabled: that would take the focus away
  tell("Asking Binder for a machine. This may take some minutes; you can read on.");
  try {
    const server = await askBinder(panel.dataset.build, tell);
    tell("Starting Python on the machine.");
    const found = new Kernel(server, {died: began, lost: over, tell});
    await found.start(panel.dataset.notebook);
    kernel = found;
    cells.forEach((cell, place) => cell.open(() => ask(place)));
    start.textContent = "Run all";
    tell("Ready. Change a cell if you like; its button, or Shift and Enter, runs it.");
  } catch (error) {
    tell(`${error.message} You can press the button again.`);
  }
  connecting = false;
  start.removeAttribute("aria-disabled");
}

/** Python is new: no cell has been run with it. */
function began(message) {
  for (const cell of cells) cell.ran = false;
  tell(message);
}

/** There is no kernel any more. */
function over(message) {
  kernel = null;
  start.textContent = "Run this page";
  began(`${message} You can press the button again.`);
}

/** Run a cell, and before it those above that have not been run: without them it would only fail. */
function ask(place) {
  if (!kernel) return cells[place].tell("not connected; press “Run this page” under the title");
  add([...cells.slice(0, place).filter(cell => !cell.ran), cells[place]]);
}

/** Run nothing of what waits. */
function forget(reason) {
  for (const cell of queue) cell.tell(reason);
  queue = [];
}

async function add(wanted) {
  for (const cell of wanted) {
    if (cell === running || queue.includes(cell)) continue;
    queue.push(cell);
    cell.tell("waits for the cells above");
  }
  if (running) return;
  stop.hidden = false;
  while (queue.length) {
    running = queue.shift();
    tell(`Running cell ${running.number} of ${cells.length}.`);
    // Well is true, false after an error or a stop, and undefined if Python is gone: then the page has been told.
    const well = await running.execute(kernel).catch(error => running.tell(error.message));
    if (well !== undefined && (!well || !queue.length)) tell(well ? "Done." : `Cell ${running.number} ended early.`);
    if (!well) forget(`not run, since cell ${running.number} ended early`);
  }
  running = null;
  stop.hidden = true;
}

start.addEventListener("click", () => {
  if (connecting) return;
  if (kernel) add(cells);
  else connect();
});
stop.addEventListener("click", () => {
  tell("Stopping.");
  forget("not run");
  kernel.interrupt().catch(error => tell(error.message));
});
addEventListener("pagehide", () => {
  if (!kernel) return;
  kernel.leave();
  over("You left the page, and what had been run is gone.");  // seen by those who come back to it
});
})();
