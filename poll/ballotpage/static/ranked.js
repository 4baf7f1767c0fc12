// Ranks by taps in order, by dragging, by arrows on the screen and on the keyboard. The
// form's own lists of places hold the ranking: this script shows them as two zones, and
// fills them in. Where several options may share a place, a group is one place.
"use strict";

const ranked = (ballot) => {
  const form = () => ballot.querySelector("form[method=post]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const start = 6; // px that a finger moves before it drags
  const twice = 400; // ms in which a second tap on one spot is none: another option has come there
  const edges = [90, 190]; // px at the top and above the bar, in which a drag scrolls

  let zones; // the list that shows all, ranked ones first
  let level; // options may share a place
  let drag; // what is being dragged
  let dragged = false; // a click is about to come that ends a drag
  let last = { x: 0, y: 0, when: 0 }; // where and when a finger has picked

  ballot.addEventListener("change", (event) => zones && zones.contains(event.target) && draw());

  function begin() {
    const box = form() && form().querySelector(".options");
    if (!box) return;
    if (drag) return;
    if (box.querySelector(".zones")) return draw();
    build(box);
    draw(false);
  }

  function build(box) {
    level = Boolean(box.querySelector("legend").dataset.level);
    zones = element("ol", level ? "zones level" : "zones");
    const options = Array.from(box.querySelectorAll(".option")).filter((o) => o.querySelector("select"));
    const news = element("p", "visually-hidden");
    news.setAttribute("role", "status");
    options[0].before(zones, news);
    zones.append(heading("yours"), element("li", "nothing", words("voting.script.none_ranked")), heading("others"), ...options.map(row));
    zones.addEventListener("click", clicked);
    zones.addEventListener("keydown", typed);
    zones.addEventListener("pointerdown", pressed);
    zones.addEventListener("pointermove", moved);
    zones.addEventListener("pointerup", dropped);
    zones.addEventListener("pointercancel", cancelled);
  }

  function element(name, className, text) {
    const e = document.createElement(name);
    e.className = className;
    if (text) e.textContent = text;
    return e;
  }

  const heading = (zone) => element("li", `zone ${zone}`, words(`voting.ranked.${zone}`));

  // row makes an item of the list of an option as the server wrote it.
  function row(option) {
    const item = element("li", "option rank");
    const pick = button("pick");
    const [text, list] = [option.querySelector(".text"), option.querySelector("select")];
    item.dataset.name = (text.querySelector(".named") || text).textContent;
    item.dataset.shown = text.textContent; // with its note
    pick.append(element("span", "mark"), text);
    list.hidden = true;
    const moves = element("span", "moves");
    moves.append(...(level ? [button("level", "=")] : []), button("up", "↑"), button("down", "↓"));
    item.append(pick, moves, list);
    option.remove();
    return item;
  }

  function button(className, text) {
    const e = element("button", className, text);
    e.type = "button";
    return e;
  }

  const rows = () => Array.from(zones.querySelectorAll(".rank"));
  const listOf = (item) => item.querySelector("select");
  const nameOf = (item) => item.dataset.name;

  // groups returns the ranking as the form holds it: the items of each place.
  function groups() {
    const places = new Map();
    for (const item of rows()) {
      const place = Number(listOf(item).value);
      if (place) places.set(place, (places.get(place) || []).concat(item));
    }
    return Array.from(places.keys()).sort((a, b) => a - b).map((place) => places.get(place));
  }

  // rank puts a ranking into the form.
  function rank(order) {
    const place = new Map();
    order.filter((group) => group.length).forEach((group, i) => group.forEach((item) => place.set(item, i + 1)));
    for (const item of rows()) listOf(item).value = place.get(item) || "";
    zones.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // draw shows what the form holds. What has the focus keeps it; a new list does not glide.
  function draw(glides = true) {
    const order = groups();
    const [focus, before] = [document.activeElement, tops()];
    const [yours, nothing, others] = ["yours", "nothing", "others"].map((name) => zones.querySelector(`.${name}`));
    const ranked = order.flat();
    const rest = rows().filter((item) => !ranked.includes(item)).sort((a, b) => at(a) - at(b));
    nothing.hidden = ranked.length > 0;
    [yours, nothing, ...ranked, others, ...rest].forEach((e, i) => zones.children[i] === e || zones.insertBefore(e, zones.children[i]));
    order.forEach((group, i) => group.forEach((item) => face(item, i + 1, order, group)));
    rest.forEach((item) => face(item, 0, order, []));
    if (focus && focus !== document.activeElement && zones.contains(focus)) focus.focus({ preventScroll: true });
    if (glides) glide(before);
  }

  // at is where an option stands on the ballot.
  function at(item) {
    if (!zones.order) zones.order = rows();
    return zones.order.indexOf(item);
  }

  // face shows one item at its place, 0 for none.
  function face(item, place, order, group) {
    const [pick, option, shown] = [item.querySelector(".pick"), nameOf(item), item.dataset.shown];
    item.classList.toggle("ranked", place > 0);
    item.classList.toggle("idle", place === 0);
    if (place) item.classList.remove("away");
    item.querySelector(".mark").dataset.place = place || "+"; // drawn: the name of the button says it
    pick.setAttribute("aria-label", place ? words("voting.script.take_out", { Option: shown, Place: place }) : words("voting.script.add", { Option: shown, Place: order.length + 1 }));
    item.querySelector(".moves").hidden = place === 0;
    const ends = { up: place === 1 && group.length === 1, down: place === order.length && group.length === 1, level: place === 1 && group.length === 1 };
    for (const name of Object.keys(ends)) {
      const b = item.querySelector(`.moves .${name}`);
      if (!b) continue;
      b.setAttribute("aria-disabled", String(ends[name]));
      b.setAttribute("aria-label", words(`voting.script.${name}`, { Option: option }));
      if (name === "level") b.setAttribute("aria-pressed", String(group.length > 1));
    }
  }

  const tops = () => new Map(rows().map((item) => [item, item.getBoundingClientRect().top]));

  // glide lets items move from where they were.
  function glide(before) {
    if (calm.matches) return;
    for (const item of rows()) {
      const by = before.get(item) - item.getBoundingClientRect().top;
      if (by && !item.classList.contains("dragging") && item.animate) item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 180, easing: "ease-out" });
    }
  }

  const takes = () => form() && !form().classList.contains("shut");

  function clicked(event) {
    if (dragged || !takes() || again(event)) return;
    const [b, item] = [event.target.closest("button"), event.target.closest(".rank")];
    if (!b || b.getAttribute("aria-disabled") === "true") return;
    if (b.classList.contains("pick")) toggle(item);
    else if (b.classList.contains("level")) share(item);
    else move(item, b.classList.contains("up") ? -1 : 1);
  }

  // again reports whether a tap is the second half of a double tap.
  function again(event) {
    const { x, y, when } = last;
    if (event.detail === 0) return false; // a key
    last = { x: event.clientX, y: event.clientY, when: event.timeStamp };
    return !event.target.closest(".moves") && last.when - when < twice && Math.hypot(last.x - x, last.y - y) < 30;
  }

  function typed(event) {
    const item = event.target.closest(".rank");
    if (event.key === "Escape" && drag) return cancelled();
    if (!item || !takes()) return undefined;
    const ranked = Number(listOf(item).value) > 0;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (ranked && step) move(item, step);
    else if (ranked && (event.key === "Delete" || event.key === "Backspace")) toggle(item);
    else return undefined;
    return event.preventDefault();
  }

  function toggle(item) {
    const order = groups();
    rank(Number(listOf(item).value) ? without(order, item) : [...order, [item]]);
    tell(item);
  }

  const without = (order, item) => order.map((group) => group.filter((other) => other !== item));

  // move takes an item a place up or down; out of a group first.
  function move(item, step) {
    const order = groups();
    const i = order.findIndex((group) => group.includes(item));
    if (order[i].length > 1) {
      order[i] = order[i].filter((other) => other !== item);
      order.splice(step < 0 ? i : i + 1, 0, [item]);
    } else {
      const to = Math.max(0, Math.min(order.length - 1, i + step));
      order.splice(to, 0, order.splice(i, 1)[0]);
    }
    rank(order);
    tell(item);
  }

  // share puts an item level with the one above, or parts them again.
  function share(item) {
    const order = groups();
    const i = order.findIndex((group) => group.includes(item));
    if (order[i].length > 1) {
      order[i] = order[i].filter((other) => other !== item);
      order.splice(i + 1, 0, [item]);
    } else {
      order[i - 1].push(...order.splice(i, 1)[0]);
    }
    rank(order);
    tell(item);
  }

  // tell lets those who hear the page know.
  function tell(item) {
    const [place, option] = [listOf(item).value, nameOf(item)];
    zones.nextElementSibling.textContent = place
      ? words("voting.script.now_at", { Option: option, Place: place, Max: groups().length })
      : words("voting.script.now_out", { Option: option });
  }

  // A finger drags by the mark, so that it can scroll by all else; a mouse drags by anything.
  function pressed(event) {
    const item = event.target.closest(".rank");
    dragged = false;
    if (event.button || !item || !takes() || event.target.closest(".moves")) return;
    if (event.pointerType === "touch" && !event.target.closest(".mark")) return;
    drag = { item, pointer: event.pointerId, from: event.clientY, y: event.clientY, on: false };
  }

  function moved(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (!drag.on && !event.buttons) return void (drag = undefined); // it was let go elsewhere
    drag.y = event.clientY;
    if (!drag.on && Math.abs(drag.y - drag.from) < start) return;
    if (!drag.on) {
      drag.on = true;
      drag.hold = drag.from - drag.item.getBoundingClientRect().top;
      drag.item.classList.add("dragging");
      zones.setPointerCapture(drag.pointer);
      scroll();
    }
    follow();
  }

  // follow keeps the item under the finger. The others make way; the item itself stays in
  // the document where it is, or the pointer would lose it.
  function follow() {
    const { item } = drag;
    const before = tops();
    for (let other = passed(item); other; other = passed(item)) {
      if (other === item.nextElementSibling) item.before(other);
      else item.after(other);
    }
    place(item);
    glide(before);
  }

  // place moves an item on the screen to where the finger is.
  function place(item) {
    item.style.transform = "none";
    item.style.transform = `translateY(${drag.y - drag.hold - item.getBoundingClientRect().top}px)`;
  }

  // passed returns a neighbour whose middle the item is beyond.
  function passed(item) {
    const middle = drag.y - drag.hold + item.offsetHeight / 2;
    const mid = (e) => { const r = e.getBoundingClientRect(); return (r.top + r.bottom) / 2; };
    const shown = (e, next) => { let n = e[next]; while (n && !n.offsetHeight) n = n[next]; return n; };
    const [up, down] = [shown(item, "previousElementSibling"), shown(item, "nextElementSibling")];
    if (down && middle > mid(down)) return down;
    if (up && !up.classList.contains("yours") && middle < mid(up)) return up;
    return undefined;
  }

  // scroll goes on while the finger is at an edge.
  function scroll() {
    if (!drag || !drag.on) return;
    const by = drag.y < edges[0] ? -9 : drag.y > innerHeight - edges[1] ? 9 : 0;
    if (by) {
      scrollBy(0, by);
      follow();
    }
    requestAnimationFrame(scroll);
  }

  function dropped(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { item, on } = drag;
    if (!on) return void (drag = undefined);
    const order = without(groups(), item).filter((group) => group.length);
    const all = Array.from(zones.children);
    const [here, others] = [all.indexOf(item), all.indexOf(zones.querySelector(".others"))];
    if (here < others) {
      const above = all.slice(0, here).reverse().find((e) => e.classList.contains("ranked"));
      order.splice(above ? order.findIndex((group) => group.includes(above)) + 1 : 0, 0, [item]);
    }
    release();
    rank(order);
    tell(item);
  }

  function cancelled() {
    if (!drag) return;
    release();
    draw();
  }

  function release() {
    const { item, on } = drag;
    drag = undefined;
    dragged = on;
    setTimeout(() => (dragged = false), 0); // the click, if there is one, has come by then
    item.classList.remove("dragging");
    item.style.transform = "";
  }

  return begin;
};

{
  const begin = new WeakMap(); // what shows the ranking of each ballot

  const beginAll = () => {
    for (const ballot of document.querySelectorAll(".ballot[data-kind=ranked]")) {
      if (!begin.has(ballot)) begin.set(ballot, ranked(ballot));
      begin.get(ballot)();
    }
  };

  document.addEventListener("shown", beginAll);
  beginAll();
}
