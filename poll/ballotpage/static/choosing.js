// Helps to choose: says how far one is, finds options among many, and lets points be
// given by a slider.
"use strict";

{
  const main = () => document.querySelector("main");
  const ballot = () => main().querySelector("form[method=post]");
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  document.addEventListener("input", (event) => {
    if (event.target.id === "find") find();
    else if (event.target.classList.contains("slider")) slide(event.target);
    count();
  });
  document.addEventListener("change", count);
  document.addEventListener("shown", count);

  // count says how much of the ballot is filled in.
  function count() {
    const form = ballot();
    const line = document.getElementById("chosen");
    if (!form || !line) return;
    const said = told(form);
    line.hidden = !said;
    if (said && line.textContent !== said) line.textContent = said;
    line.classList.toggle("bad", Boolean(line.dataset.over));
    for (const e of form.querySelectorAll(".slider")) follow(e);
  }

  function told(form) {
    const line = document.getElementById("chosen");
    const all = Array.from(answers.of(form).values());
    const chosen = all.filter((controls) => !["", "false"].includes(answers.now(controls))).length;
    delete line.dataset.over;
    switch (main().dataset.kind) {
      case "multiple": return limits(chosen, form.querySelector("legend").dataset, line);
      case "ranked": return words("voting.script.ranked", { Chosen: chosen, Max: all.length });
      case "score": return words("voting.script.rated", { Chosen: chosen, Max: all.length });
    }
    return "";
  }

  function limits(chosen, { min, max }, line) {
    if (chosen > max) {
      line.dataset.over = "true";
      return words("voting.script.too_many", { Count: chosen - max, Max: max });
    }
    if (chosen > 0 && chosen < min) return words("voting.script.too_few", { Count: min - chosen });
    return words("voting.script.chosen", { Chosen: chosen, Max: max });
  }

  // find hides the options that do not hold what is looked for, except those ranked.
  function find() {
    const asked = fold(document.getElementById("find").value.trim());
    let found = 0;
    for (const option of ballot().querySelectorAll(".options .option:not(.ranked)")) {
      if (option.closest(".abstain")) continue;
      const fits = fold(option.querySelector(".text").textContent).includes(asked);
      option.classList.toggle("away", !fits);
      found += fits;
    }
    const line = document.getElementById("found");
    if (!asked) line.textContent = "";
    else line.textContent = found ? words("voting.script.found", { Count: found }) : words("voting.script.found_none");
  }

  const number = (slider) => slider.closest(".option").querySelector("[type=number]");

  function slide(slider) {
    number(slider).value = slider.value;
    number(slider).dispatchEvent(new Event("change", { bubbles: true }));
  }

  function follow(slider) {
    const { value } = number(slider);
    slider.classList.toggle("unset", value === "");
    if (value !== "") slider.value = value;
  }

  count();
}
