// ---- Pictures as SVG text, drawn for the width at hand so that letters keep their size ----
const escapeText = text => String(text).replace(/[&<>"]/g, c => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}[c]));
/** Text in which h_{T} has its index below the line. */
const subscripts = text => escapeText(text).replace(/_\{(.*?)\}/g, '<tspan dy="4" font-size="10">$1</tspan><tspan dy="-4">\u200b</tspan>');
const pixel = value => String(+Math.min(Math.max(value, -2e4), 2e4).toFixed(1));

/** A number for people: fixed digits, a real minus sign, no negative zero. */
function show(value, digits = 2) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits).replace("-", "−");
  return /[1-9]/.test(text) ? text : text.replace("−", "");
}

/** A number given by its log10: 0.52, or 1.1 × 10⁻⁴². */
function showPower(log) {
  if (!Number.isFinite(log)) return log < 0 ? "0" : show(log);
  if (Math.abs(log) < 2) return show(10 ** log, 3);
  let power = Math.floor(log), digits = (10 ** (log - power)).toFixed(1);
  if (digits === "10.0") { power += 1; digits = "1.0"; }
  const raised = String(power).replace(/./g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);
  return `${digits} × 10${raised}`;
}

/** Round numbers at which to put ticks: about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) found.push(i * step);
  return {values: found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9))};
}

/** The points that a line needs: those left out lie within a seventh of a pixel of it. */
function thinned(points) {
  const kept = points.slice(0, 1);
  let waiting = [];
  for (const point of points.slice(1)) {
    const [x0, y0] = kept.at(-1), dx = point[0] - x0, dy = point[1] - y0, length = Math.hypot(dx, dy);
    const near = ([x, y]) => {
      const along = length ? ((x - x0) * dx + (y - y0) * dy) / length : 0;
      return along >= -0.15 && along <= length + 0.15 && Math.abs((x - x0) * dy - (y - y0) * dx) <= 0.15 * length + 1e-9;
    };
    if (!waiting.every(near)) {
      kept.push(waiting.at(-1));
      waiting = [];
    }
    waiting.push(point);
  }
  return kept.concat(waiting.slice(-1));
}

/** One pair of axes. Marks are collected as text; `svg` puts panels together. */
class Panel {
  /** box: left, top, width, height in pixels; x and y: [low, high]. */
  constructor(box, x, y) {
    Object.assign(this, box, {x, y, grid: "", inside: "", outside: "", ends: []});
  }
  X(value) { return (value - this.x[0]) / (this.x[1] - this.x[0]) * this.width; }
  Y(value) { return (this.y[1] - value) / (this.y[1] - this.y[0]) * this.height; }

  /** Grid, ticks and titles. A title of the y axis stands above it, where it can be read. */
  axes({xTitle = "", yTitle = "", xCount = 5, yCount = 5, xNumbers = true}) {
    let lines = "";
    const small = "fill:var(--figure-muted);font-size:12px";
    const across = ticks(...this.x, xCount), up = ticks(...this.y, yCount);
    for (const value of across.values) {
      const at = pixel(this.X(value));
      lines += `M${at} 0V${this.height}`;
      if (xNumbers) this.outside += `<text x="${at}" y="${this.height + 16}" text-anchor="middle" style="${small}">`
        + `${show(value, across.digits)}</text>`;
    }
    for (const value of up.values) {
      const at = pixel(this.Y(value));
      lines += `M0 ${at}H${pixel(this.width)}`;
      this.outside += `<text x="-6" y="${+at + 4}" text-anchor="end" style="${small}">${show(value, up.digits)}</text>`;
    }
    this.grid += `<path d="${lines}" style="stroke:var(--figure-grid);stroke-width:1"/>`;
    const title = (x, y, anchor, text) =>
      `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}" style="fill:var(--figure-ink)">${subscripts(text)}</text>`;
    if (xTitle) this.outside += title(this.width / 2, this.height + 34, "middle", xTitle);
    if (yTitle) this.outside += title(-34, -9, "start", yTitle);
    return this;
  }

  /** A line through the points; it breaks where a number is not finite. `dash` is in line widths. */
  line(xs, ys, {colour, width = 2, dash = [], opacity = 1}) {
    const pieces = [[]];
    xs.forEach((x, i) => {
      const ok = Number.isFinite(ys[i]) || ys[i] === -Infinity;  // a fall to 0 on a log scale goes down
      if (ok) pieces.at(-1).push([this.X(x), Math.min(Math.max(this.Y(ys[i]), -2e4), 2e4)]);
      else pieces.push([]);
    });
    const path = pieces.map(piece => "M" + thinned(piece).map(p => p.map(pixel).join(" ")).join("L")).filter(text => text !== "M").join("");
    const dashes = dash.length ? `;stroke-dasharray:${dash.map(d => pixel(d * width)).join(" ")}` : "";
    const style = `fill:none;stroke:${colour};stroke-width:${width};stroke-opacity:${opacity};stroke-linejoin:round${dashes}`;
    this.inside += `<path d="${path}" style="${style}"/>`;
    return this;
  }

  /** Small round points, as one path of strokes without length. */
  dots(xs, ys, {colour, radius = 1.8}) {
    const path = xs.map((x, i) => Number.isFinite(ys[i]) ? `M${pixel(this.X(x))} ${pixel(this.Y(ys[i]))}h0` : "").join("");
    this.inside += `<path d="${path}" style="stroke:${colour};stroke-width:${2 * radius};stroke-linecap:round"/>`;
    return this;
  }

  dot(x, y, {colour, filled = true, radius = 5}) {
    const fill = filled ? colour : "var(--figure-background)";
    this.inside += `<circle cx="${pixel(this.X(x))}" cy="${pixel(this.Y(y))}" r="${radius}" `
      + `style="fill:${fill};stroke:${colour};stroke-width:2"/>`;
    return this;
  }

  /** Text at a point, moved by (dx, dy) pixels, on a halo of the background. */
  text(x, y, text, {colour = "var(--figure-ink)", dx = 0, dy = 0, anchor = "start"} = {}) {
    const halo = "stroke:var(--figure-background);stroke-width:4;stroke-linejoin:round;paint-order:stroke";
    this.outside += `<text x="${pixel(this.X(x) + dx)}" y="${pixel(this.Y(y) + dy)}" text-anchor="${anchor}" `
      + `style="fill:${colour};${halo}">${escapeText(text)}</text>`;
    return this;
  }

  /** A name to be written beside the right end of a line; `labels` writes them all. */
  end(y, text, colour) {
    this.ends.push({at: Math.min(Math.max(this.Y(y), 0), this.height), text, colour});
  }

  /** Write the ends' names, pushed apart until none overlaps another. */
  labels(space) {
    const gap = 16, sorted = this.ends.sort((a, b) => a.at - b.at);
    for (let round = 0; round < 200; round += 1) {
      for (let i = 0; i + 1 < sorted.length; i += 1) {
        const lack = gap - (sorted[i + 1].at - sorted[i].at);
        if (lack > 0.01) { sorted[i].at -= lack / 2; sorted[i + 1].at += lack / 2; }
      }
    }
    const letters = Math.floor((space - 10) / 6.6);
    for (const {at, text, colour} of sorted) {
      const short = text.length > letters ? text.slice(0, letters - 1) + "…" : text;
      this.outside += `<text x="${this.width + 8}" y="${pixel(at + 4)}" style="fill:${colour}">${escapeText(short)}</text>`;
    }
    return this;
  }

  /** Grid and labels under and around, the marks clipped to the box. */
  toString() {
    return `<g transform="translate(${pixel(this.left)} ${pixel(this.top)})">`
      + this.grid
      + `<svg width="${pixel(this.width)}" height="${pixel(this.height)}" overflow="hidden">${this.inside}</svg>`
      + this.outside + "</g>";
  }
}

/** How much room at the right the labels need: as much as the longest, at most a third. */
const labelSpace = (names, width) => Math.min(14 + 6.8 * Math.max(...names.map(n => n.length)), width / 3);

/** The whole picture, with words for those who do not see it. */
function svg(width, height, panels, alt) {
  const font = "font-size:13px;font-family:var(--pst-font-family-base,var(--jp-ui-font-family,sans-serif))";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" `
    + `role="img" aria-label="${escapeText(alt)}" style="${font}">${panels.join("")}</svg>`;
}
