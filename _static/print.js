"use strict";
// The button that prints a page. It stands in a file, since the pages allow no script in an attribute.
document.addEventListener("click", event => {
  if (event.target.closest('[data-does="print"]')) window.print();
});
