// ---- Elements of the page, and a pair of axes as SVG text ----
(() => {
"use strict";

/** Create an element: make("p", {class: "x"}, "text", child). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Round numbers at which to put ticks, about `count` of them, as [number, text]. */
function ticks(low, high, count) {
  const rough = (high - low) / count, size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * size).find(s => s >= rough * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
    found.push([i * step, (i * step).toFixed(digits).replace("-", "−")]);
  }
  return found;
}

/** 10⁻⁴ for −4. */
const power = n => n === 0 ? "1" : n === 1 ? "10" : `10${String(n).replace(/./g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])}`;

const SMALL = "fill:var(--figure-muted);font-size:12px", LEFT = 44, TOP = 22, BOTTOM = 40, RIGHT = 22;

/** One pair of axes, x and y from [low, high]; y in powers of ten if `log`. The title stands above. */
class Axes {
  constructor(width, height, x, y, {title, xTitle, log = false}) {
    Object.assign(this, {x, y, whole: [width, height], width: width - LEFT - RIGHT, height: height - TOP - BOTTOM, inside: "", outside: ""});
    const stride = Math.max(1, Math.ceil((y[1] - y[0]) / 5)), up = [];
    if (log) for (let n = Math.ceil(y[0] / stride) * stride; n <= y[1]; n += stride) up.push([n, power(n)]);
    let lines = "";
    for (const [value, text] of ticks(...x, 5)) {
      lines += `M${this.X(value)} 0V${this.height}`;
      this.outside += `<text x="${this.X(value)}" y="${this.height + 16}" text-anchor="middle" style="${SMALL}">${text}</text>`;
    }
    for (const [value, text] of log ? up : ticks(...y, 4)) {
      lines += `M0 ${this.Y(value)}H${this.width}`;
      this.outside += `<text x="-6" y="${+this.Y(value) + 4}" text-anchor="end" style="${SMALL}">${text}</text>`;
    }
    this.grid = `<path d="${lines}" style="stroke:var(--figure-grid)"/>`;
    this.outside += `<text x="${this.width / 2}" y="${this.height + 33}" text-anchor="middle" style="${SMALL}">${xTitle}</text>`
      + `<text x="${2 - LEFT}" y="-8" style="fill:var(--figure-ink);font-weight:600">${title}</text>`;
  }

  X(value) { return ((value - this.x[0]) / (this.x[1] - this.x[0]) * this.width).toFixed(1); }
  Y(value) {
    const at = (this.y[1] - value) / (this.y[1] - this.y[0]) * this.height;
    return Math.min(Math.max(at, -99), 999).toFixed(1);
  }

  /** A line through the points; it breaks where a number is not finite. */
  line(xs, ys, {colour, dash = [], width = 2}) {
    let path = "", pen = "M";
    for (let i = 0; i < xs.length; i += 1) {
      if (Number.isFinite(ys[i])) { path += `${pen}${this.X(xs[i])} ${this.Y(ys[i])}`; pen = "L"; }
      else pen = "M";
    }
    if (xs.length === 1 && path) path += "h0.1";
    this.inside += `<path d="${path}" style="fill:none;stroke:${colour};stroke-width:${width};stroke-linejoin:round;stroke-linecap:round;`
      + `stroke-dasharray:${dash.map(d => d * width).join(" ") || "none"}"/>`;
  }

  /** The area between two lines. */
  band(xs, lows, highs, colour, opacity) {
    const kept = [...xs.keys()].filter(i => Number.isFinite(lows[i] + highs[i]));
    if (kept.length < 2) return;
    const along = ys => kept.map(i => `${this.X(xs[i])} ${this.Y(ys[i])}`);
    this.inside += `<path d="M${along(lows).join("L")}L${along(highs).reverse().join("L")}Z" style="fill:${colour};fill-opacity:${opacity}"/>`;
  }

  dots(xs, ys, colour) {
    const path = xs.map((x, i) => `M${this.X(x)} ${this.Y(ys[i])}h0`).join("");
    this.inside += `<path d="${path}" style="stroke:${colour};stroke-width:4;stroke-linecap:round"/>`;
  }

  /** A thin dotted line across. */
  level(y) {
    this.inside += `<path d="M0 ${this.Y(y)}H${this.width}" style="stroke:var(--figure-ink);stroke-dasharray:2 3"/>`;
  }

  /** Text at a point, moved by (dx, dy) pixels, on a halo of the background. */
  text(x, y, text, {colour, dx = 0, dy = 0, anchor = "start"}) {
    this.outside += `<text x="${+this.X(x) + dx}" y="${+this.Y(y) + dy}" text-anchor="${anchor}" style="fill:${colour};`
      + `stroke:var(--figure-background);stroke-width:4;stroke-linejoin:round;paint-order:stroke">${text}</text>`;
  }

  /** The picture, with words for those who do not see it. */
  svg(alt) {
    const [width, height] = this.whole, words = alt.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${words}" `
      + `style="font-size:13px;font-family:var(--pst-font-family-base,sans-serif)"><g transform="translate(${LEFT} ${TOP})">${this.grid}`
      + `<svg width="${this.width}" height="${this.height}" overflow="hidden">${this.inside}</svg>${this.outside}</g></svg>`;
  }
}

Playground.drawing = {make, Axes, power};
})();
