// The big screen: nothing on it scrolls, and nobody can come closer to read it.
// The type takes the greatest size with which all has room. A long question
// gives way first, then the options; where those would be too small to read, the
// bars get thin, and long labels are cut after two lines or one: the live page has
// them whole.
"use strict";

{
  const main = document.querySelector("main");
  const question = document.getElementById("question");
  const count = document.querySelector(".count");
  const scrolls = matchMedia("(max-width: 48rem)"); // a phone, as in screen.css

  // Whatever changes on the page changes the size of one of these, or nothing.
  // What fit itself changes makes it run once more, to the same end.
  const sizes = new ResizeObserver(fit);
  for (const e of [question, count, ...count.children]) sizes.observe(e);
  addEventListener("resize", fit);
  fit();

  function fit() {
    main.style.removeProperty("--question");
    main.style.removeProperty("--type");
    delete main.dataset.tight;
    if (scrolls.matches) return;
    largest("--question", 1, 0.3, () => question.offsetHeight <= innerHeight * 0.22);
    for (const [lines, size, least] of [["", 1.5, 0.6], [2, 1, 0.5], [1, 1, 0.3]]) {
      if (lines) main.dataset.tight = lines;
      if (largest("--type", size, least, hasRoom)) return;
    }
  }

  // largest sets a size to the greatest in a range that is good, if there is one.
  function largest(name, size, least, good) {
    for (; size >= least; size *= 0.95) {
      main.style.setProperty(name, size);
      if (good()) return true;
    }
    return false;
  }

  function hasRoom() {
    return count.scrollHeight <= count.clientHeight && count.scrollWidth <= count.clientWidth
      && document.documentElement.scrollHeight <= innerHeight;
  }
}
