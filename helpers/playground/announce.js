// ---- A live region that speaks at a calm rate ----
(() => {
"use strict";

/** `say(text)` waits until the last words are `calm` milliseconds old; `say(text, true)` does not. */
function announcer(element, calm = 5000) {
  let waiting = null, spokenAt = -Infinity, timer = 0;
  const speak = () => {
    timer = 0;
    if (waiting === null) return;
    element.textContent = waiting;
    spokenAt = performance.now();
    waiting = null;
  };
  return (text, now = false) => {
    waiting = text;
    const rest = now ? 0 : calm - (performance.now() - spokenAt);
    if (rest <= 0) { clearTimeout(timer); speak(); }
    else if (!timer) timer = setTimeout(speak, rest);
  };
}

Playground.announcer = announcer;
})();
