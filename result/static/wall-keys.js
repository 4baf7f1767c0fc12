// What the one who stands beside the big screen can do: by the keys of a keyboard, or of
// the clicker in their hand.
"use strict";

// wallKeys binds keys, for every screen that comes. step(n) goes n steps on or back,
// reveal() brings the next surprise.
function wallKeys({ step, reveal }) {
  const main = () => document.querySelector("main");
  const help = () => document.getElementById("keys");
  const keys = {
    f: fullScreen, d: theme, b: blank, ".": blank, "?": toggle, h: toggle, Escape: leave,
    " ": reveal, Enter: reveal, PageDown: () => step(1), PageUp: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    ArrowRight: () => step(ahead()), ArrowLeft: () => step(-ahead()),
  };
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(a|button|input)$/i.test(e.target.tagName) && /^(Enter| )$/.test(e.key)) return;
    const act = keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
  addEventListener("click", (e) => e.target.closest("#help, #keys") && toggle());
  hidePointer();
  stayAwake();

  // In Arabic the next thing is to the left.
  function ahead() {
    return getComputedStyle(main()).direction === "rtl" ? -1 : 1;
  }

  function fullScreen() {
    const root = document.documentElement;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (root.requestFullscreen) root.requestFullscreen().catch(() => {}); // some frames may not
  }

  function theme() {
    const dark = main().dataset.theme ? main().dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    main().dataset.theme = dark ? "light" : "dark";
  }

  function blank() {
    main().classList.toggle("is-blank");
  }

  function toggle() {
    if (help()) help().hidden = !help().hidden;
  }

  function leave() {
    if (help()) help().hidden = true;
    main().classList.remove("is-blank");
  }

  function hidePointer() {
    let timer;
    const show = () => {
      clearTimeout(timer);
      main().classList.remove("is-idle");
      timer = setTimeout(() => main().classList.add("is-idle"), 3000);
    };
    addEventListener("pointermove", show);
    show();
  }

  // The screen must not go to sleep in the middle of an evening. A lock ends when the
  // page is hidden.
  function stayAwake() {
    const lock = navigator["wakeLock"]; // few browsers of before 2022 have it
    if (!lock) return;
    const ask = () => { if (document.visibilityState === "visible") lock.request("screen").catch(() => {}); };
    document.addEventListener("visibilitychange", ask);
    ask();
  }
}
