// ---- Native form controls with labels, and the frame that every widget shares ----

/** Create an element: make("p", {class: "x"}, "text", child). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, value);
  }
  // In JupyterLab the arrow keys belong to the control that has the focus, not to the notebook.
  if (["input", "select", "button", "summary"].includes(tag)) element.setAttribute("data-lm-suppress-shortcuts", "");
  element.append(...children);
  return element;
}

/** A slider; its label says what it sets, and the number beside it follows at once. */
function slider(label, {min, max, step, value, digits = 2}, onChange) {
  const number = make("span", {class: "rw-value", "aria-hidden": "true"});
  const input = make("input", {type: "range", min, max, step, value});
  const follow = () => { number.textContent = show(+input.value, digits); };
  input.addEventListener("input", () => { follow(); onChange(); });
  follow();
  return {
    element: make("label", {class: "rw-control"}, make("span", {class: "rw-label"}, label, number), input),
    get value() { return +input.value; },
    set value(to) { input.value = to; follow(); },
    limits(low, high) { input.min = low; input.max = high; follow(); },
  };
}

/** A drop-down list; `options` maps a value to its text, or a group to such a map. */
function chooser(label, options, value, onChange) {
  const item = ([key, text]) => typeof text === "string"
    ? make("option", {value: key, selected: key === value}, text)
    : make("optgroup", {label: key}, ...Object.entries(text).map(item));
  const input = make("select", {}, ...Object.entries(options).map(item));
  input.addEventListener("input", onChange);
  return {
    element: make("label", {class: "rw-control"}, make("span", {class: "rw-label"}, label), input),
    get value() { return input.value; },
    set value(to) { input.value = to; },
    get text() { return input.selectedOptions[0].textContent; },
  };
}

const button = (text, onclick) => make("button", {type: "button", class: "rw-button", onclick}, text);

/** The functions by family, for a chooser. */
function functionOptions() {
  const families = {};
  for (const [name, {label, family}] of Object.entries(FUNCTIONS)) (families[family] ??= {})[name] = label;
  return families;
}

/**
 * Put a widget in place of its static picture. `build(draw)` returns the controls, the
 * elements below the picture, and `picture(width)`, the picture's SVG text; `draw` asks for
 * a new picture. If anything fails, the static picture stays.
 */
function start(name, hint, build) {
  for (const root of document.querySelectorAll(`.rnn-widget[data-widget="${name}"]:not([data-ready])`)) {
    root.dataset.ready = "";
    const figure = make("div", {class: "rw-figure"});
    let parts = null, width = 0;
    const draw = () => {
      if (parts === null) return;
      width = Math.round(figure.clientWidth) || 640;
      figure.innerHTML = parts.picture(width);
    };
    parts = build(draw, figure);
    const live = root.querySelector(".rw-live");
    live.append(make("p", {class: "rw-hint"}, hint), make("div", {class: "rw-controls"}, ...parts.controls), figure, ...parts.below);
    live.hidden = false;
    draw();
    root.querySelector(".rw-static").hidden = true;
    root.widget = {...parts, functions: FUNCTIONS};  // for whoever wants to check the numbers
    new ResizeObserver(() => { if (Math.abs(figure.clientWidth - width) > 1) draw(); }).observe(figure);
  }
}
