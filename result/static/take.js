// What a viewer takes with them: the link, by what the device shares with, else copied; a
// print, in which nothing is folded, and which says of when its figures are.
"use strict";

if (byID("share")) {
  const share = byID("share");
  const link = new URL(location);
  link.search = ""; // a pass is its voter's own
  share.hidden = !navigator.share && !navigator.clipboard;
  share.addEventListener("click", async () => {
    const data = { title: document.title, url: link.href };
    try {
      if (navigator.share) return await navigator.share(data);
      await navigator.clipboard.writeText(link.href);
      byID("shared").textContent = words("result.share.copied");
    } catch (_) {
      // they thought better of it
    }
  });

  byID("print").hidden = false;
  byID("print").addEventListener("click", () => print());
  let shut = [];
  addEventListener("beforeprint", () => {
    const day = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
    byID("printed").textContent = words("result.as_of", { Time: day.format(line.good()) });
    byID("printed").hidden = false;
    shut = [...document.querySelectorAll("details:not([open])")];
    for (const fold of shut) fold.open = true;
  });
  addEventListener("afterprint", () => {
    byID("printed").hidden = true;
    for (const fold of shut) fold.open = false;
  });
}
