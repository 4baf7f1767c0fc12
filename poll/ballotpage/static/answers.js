// What the form of a ballot holds, answer by answer. An answer is a box to tick, a group
// of radio buttons, a list or a number: its controls. Their defaults are what is recorded;
// what differs from them was not sent.
"use strict";

document.documentElement.classList.add("scripted");

const answers = (() => {
  const valueOf = (e) => (e ? e.value : "");

  // of returns the controls of each answer, by its name.
  function of(form) {
    const all = new Map();
    for (const e of form.querySelectorAll("input[name], select[name]")) {
      if (e.type === "hidden") continue;
      const name = e.type === "checkbox" ? `${e.name} ${e.value}` : e.name;
      all.set(name, (all.get(name) || []).concat(e));
    }
    return all;
  }

  function now(controls) {
    const [e] = controls;
    if (e.type === "checkbox") return String(e.checked);
    return e.type === "radio" ? valueOf(controls.find((c) => c.checked)) : e.value;
  }

  function recorded(controls) {
    const [e] = controls;
    if (e.type === "checkbox") return String(e.defaultChecked);
    if (e.type === "radio") return valueOf(controls.find((c) => c.defaultChecked));
    return e.localName === "select" ? valueOf(Array.from(e.options).find((o) => o.defaultSelected)) : e.defaultValue;
  }

  function write(controls, value) {
    const [e] = controls;
    if (e.type === "checkbox") e.checked = value === "true";
    else if (e.type === "radio") for (const c of controls) c.checked = c.value === value;
    else e.value = value;
  }

  // settle makes a value the recorded one, and leaves what the controls hold.
  function settle(controls, value) {
    const held = now(controls);
    const [e] = controls;
    if (e.type === "checkbox") e.defaultChecked = value === "true";
    else if (e.type === "radio") for (const c of controls) c.defaultChecked = c.value === value;
    else if (e.localName === "select") for (const o of e.options) o.defaultSelected = o.value === value;
    else e.defaultValue = value;
    write(controls, held);
  }

  const unsent = (controls) => now(controls) !== recorded(controls);

  // label returns the words of the option that a control belongs to.
  function label(e) {
    const option = e.closest(".option");
    return option ? option.querySelector(".text").textContent : "";
  }

  return { of, now, recorded, write, settle, unsent, label };
})();
