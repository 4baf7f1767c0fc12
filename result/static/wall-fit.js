// The greatest type with which all options have room. Rows share the height of the
// stage. A row has its bar beneath the label, or beside it; rows stand in one column or
// several, labels in one line or up to three. Of all that has room the greatest type is
// taken. Only where even that is too small to read, the options with the fewest votes
// are left out, and counted.
"use strict";

const fitStage = (() => {
  const readable = 0.0185; // of the height of the screen: the least type
  const shapes = {
    // per line of type: what a row needs around and beneath its label, in its own type
    under: { gap: 0.4, extra: 0.95, line: 1.16, most: 0.05 },
    beside: { gap: 0.4, extra: 0.1, line: 1.16, most: 0.046 },
    plain: { gap: 0.4, extra: 0.35, line: 1.16, most: 0.07 },
  };

  // fitStage lays out rows on a stage and returns how many of them are shown. figures
  // says whether they have bars.
  return (stage, rows, figures) => {
    const box = { width: stage.clientWidth, height: stage.clientHeight };
    const least = readable * innerHeight;
    const widths = measure(stage, rows);
    let shown = rows.length;
    let best = choose(shown);
    while (best.type < least && shown > 8) {
      shown = Math.max(8, Math.floor(shown * 0.92));
      best = choose(shown);
    }
    shown = Math.min(rows.length, best.columns * best.down); // no gap at the end
    apply(stage, rows, best, shown, widths);
    // Words that break badly need more lines than was reckoned.
    for (let i = 0; i < 14 && cut(rows); i++) {
      best.type *= 0.95;
      apply(stage, rows, best, shown, widths);
    }
    return shown;

    function choose(n) {
      let found = { type: 0 };
      for (const shape of figures ? ["under", "beside"] : ["plain"]) {
        for (let columns = 1; columns <= Math.min(5, Math.ceil(n / (figures ? 7 : 4))); columns++) {
          for (const lines of [1, 2, 3]) {
            const f = reckon(n, shape, columns, lines);
            if (f.type * f.bonus > found.type * (found.bonus || 1)) found = f;
          }
        }
      }
      return found;
    }

    // reckon returns the greatest type that one layout has room for.
    function reckon(n, shape, columns, lines) {
      const s = shapes[shape];
      const down = Math.ceil(n / columns);
      const gutter = columns > 1 ? 0.03 * box.width : 0;
      const width = (box.width - gutter * (columns - 1)) / columns;
      const height = box.height / down;
      let type = Math.min(height / (lines * s.line + s.extra + s.gap), s.most * innerHeight * (shape === "under" && n <= 3 ? 1.25 : 1));
      // the label's room: lines that are not quite full, since words do not break anywhere
      const across = widths.label / (lines === 1 ? 1 : lines * 0.86) + widths.mark + 0.4;
      if (shape === "under") type = Math.min(type, width / (across + widths.figure + 0.5));
      else if (shape === "plain") type = Math.min(type, width / across);
      else type = Math.min(type, 0.48 * width / across, width / (across + widths.figure + 6));
      // A bar beneath uses all of the width: it is preferred while the type is as good.
      const bonus = (shape === "under" ? 1.12 : 1) * (columns === 1 ? 1.25 : 1) * (1 - 0.04 * (lines - 1));
      return { type, shape, columns, down, gutter, width, height, lines, bonus };
    }
  };

  // measure returns the widest parts of rows, in their own type.
  function measure(stage, rows) {
    stage.classList.add("measuring");
    const widest = (select) => widestOf(rows, select) / 100;
    const found = { label: widest(".w-text"), mark: widest(".w-mark") + 0.35, votes: widest(".votes") + 0.7, share: widest(".w-share") };
    found.figure = found.votes + (found.share && Math.max(found.share, 2.2) + 0.45); // a digit more is no reason to move
    stage.classList.remove("measuring");
    return found;
  }

  function apply(stage, rows, f, shown, widths) {
    stage.dataset.shape = f.shape;
    stage.dataset.columns = f.columns;
    const set = (name, value) => stage.style.setProperty(name, value);
    set("--type", `${f.type.toFixed(2)}px`);
    set("--lines", f.lines);
    set("--mark-width", "auto");
    set("--row-width", `${f.width.toFixed(2)}px`);
    set("--row-height", `${f.height.toFixed(2)}px`);
    stage.slots = { ...f, shown };
    set("--mark-width", `${Math.ceil(widestOf(rows, ".w-mark"))}px`);
    set("--track-height", `${(f.height - (f.lines * 1.16 + 0.75) * f.type).toFixed(2)}px`);
    set("--figure-width", `${Math.ceil(f.type * widths.figure)}px`);
    set("--part-width", `${Math.ceil(f.type * widths.share)}px`);
    set("--label-width", `${Math.ceil(Math.min(f.type * widths.label / (f.lines === 1 ? 1 : f.lines * 0.86), f.width * 0.66) + 2)}px`);
  }

  function widestOf(rows, select) {
    return Math.max(0, ...rows.map((r) => r.querySelector(select).getBoundingClientRect().width));
  }

  function cut(rows) {
    return rows.some((r) => {
      const label = r.querySelector(".w-label");
      return label.scrollHeight > label.clientHeight + 1 || label.scrollWidth > label.clientWidth + 1
        || r.scrollWidth > r.clientWidth + 1 || r.scrollHeight > r.clientHeight + 1;
    });
  }
})();

// fitText gives an element the greatest type between two sizes with which it is good.
function fitText(e, most, least, good) {
  let [low, high] = [least, most];
  e.style.fontSize = `${high}px`;
  if (good()) return;
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    e.style.fontSize = `${middle}px`;
    if (good()) low = middle;
    else high = middle;
  }
  e.style.fontSize = `${low}px`;
}
