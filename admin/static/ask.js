// The form that asks works without this script. With it the phone beside it shows what
// voters will see, and a template fills in what stands there.
"use strict";

{
  const most = 8; // options on the phone: the rest is counted
  const form = document.querySelector("form[action='/admin/polls']");
  const text = form.elements.namedItem("text");
  const phone = document.querySelector(".phone");
  const list = phone.querySelector("ol");

  phone.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  addEventListener("pageshow", show); // Back brings words
  for (const link of document.querySelectorAll(".templates a")) link.addEventListener("click", begin);
  show();

  function lines() {
    return text.value.split(/\r?\n/).map((l) => l.trim()).filter(Boolean);
  }

  function kind() {
    return form.querySelector("[name=kind]:checked").value;
  }

  function show() {
    const [question, ...options] = lines();
    phone.querySelector(".phone-question").textContent = question || "";
    phone.querySelector(".phone-empty").hidden = Boolean(question);
    for (const hint of phone.querySelectorAll("[data-hint]")) hint.hidden = !question || hint.dataset.hint !== kind();
    const shown = options.slice(0, most).map(option);
    if (options.length > most) shown.push(item("quiet small", `+ ${options.length - most}`));
    list.replaceChildren(...shown);
  }

  function item(name, words) {
    const li = document.createElement("li");
    li.className = name;
    if (words) li.textContent = words;
    return li;
  }

  function part(name, words) {
    const e = document.createElement("span");
    e.className = name;
    e.dir = "auto";
    e.textContent = words;
    return e;
  }

  // read parts an option's line in its label and its note, as form/text.go does.
  function read(line) {
    let label = "";
    let end = 0;
    for (const found of line.matchAll(/[^ \t\u00a0]+/g)) {
      const blanks = line.slice(end, found.index);
      let [word] = found;
      end = found.index + word.length;
      if (label && blanks.includes("\t")) return [label, line.slice(found.index).trim()];
      if (label && word === "|") return [label, line.slice(end).trim()];
      if (label && /^\\+\|$/.test(word)) word = word.slice(1);
      label += (label && blanks) + word;
    }
    return [label, ""];
  }

  function option(line, at) {
    const [label, note] = read(line);
    const li = item("option");
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = kind() === "ranked" ? at + 1 : String.fromCharCode(65 + at);
    const words = document.createElement("span");
    words.className = "text";
    words.append(part("named", label));
    if (note) words.append(part("note", note));
    li.append(mark, words);
    if (kind() === "score") {
      const points = document.createElement("span");
      points.className = "points";
      const limit = (name, usual) => form.elements.namedItem(name).value || usual;
      points.textContent = `${limit("min", 0)}–${limit("max", 5)}`;
      li.append(points);
    }
    return li;
  }

  // begin takes a template's options, and its question where none is written yet.
  function begin(e) {
    const { kind: wanted, question, options } = e.currentTarget.dataset;
    e.preventDefault();
    const first = lines()[0] || question;
    text.value = `${first}\n${options}`;
    form.querySelector(`[name=kind][value=${wanted}]`).click();
    text.focus();
    text.setSelectionRange(0, first.length);
    text.scrollTop = 0;
    show();
  }
}
