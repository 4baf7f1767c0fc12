// Results that were hidden and now are shown: the page comes anew, and only then are there
// figures to show. For a moment they are held back, the last option first. A tap or a key
// ends it, and who wants less motion sees no such thing.
"use strict";

const reveal = (() => {
  const key = `reveal ${document.querySelector("main").dataset.poll}`;
  const longest = 3200; // ms
  const list = byID("bars");
  const skip = byID("skip");

  // prepare has the next page held back.
  function prepare() {
    try {
      sessionStorage.setItem(key, "1");
    } catch (_) {
      // then it is shown at once
    }
  }

  function due() {
    try {
      const set = sessionStorage.getItem(key) !== null;
      sessionStorage.removeItem(key);
      return set && list && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    } catch (_) {
      return false;
    }
  }

  function begin() {
    const rows = [...list.children].filter((row) => !row.hidden);
    const pause = Math.min(500, longest / rows.length);
    rows.forEach((row, i) => row.style.setProperty("--wait", `${Math.round(600 + pause * (rows.length - 1 - i))}ms`));
    document.body.classList.add("revealing");
    const timer = setTimeout(end, 600 + pause * rows.length + 500);
    if (skip) skip.hidden = false;
    for (const what of ["pointerdown", "keydown"]) addEventListener(what, end, { once: true });

    function end() {
      clearTimeout(timer);
      document.body.classList.remove("revealing");
      for (const row of rows) row.removeAttribute("style");
      if (skip) skip.hidden = true;
    }
  }

  if (due()) begin();
  return { prepare };
})();
