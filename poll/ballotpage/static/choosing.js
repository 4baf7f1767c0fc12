// Helps to choose: says how far one is, finds options among many, and lets points be
// given by a slider.
"use strict";

{
  const ballots = () => document.querySelectorAll(".ballot");
  const line = (ballot, name) => ballot.querySelector(`[data-line=${name}]`);
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  document.addEventListener("input", (event) => {
    if (event.target.classList.contains("find")) find(event.target);
    else if (event.target.classList.contains("slider")) slide(event.target);
    countAll();
  });
  document.addEventListener("change", countAll);
  document.addEventListener("shown", countAll);

  function countAll() {
    ballots().forEach(count);
  }

  // count says how much of a ballot is filled in.
  function count(ballot) {
    const [form, chosen] = [ballot.querySelector("form[method=post]"), line(ballot, "chosen")];
    if (!form || !chosen) return;
    const said = told(ballot.dataset.kind, form, chosen);
    chosen.hidden = !said;
    if (said && chosen.textContent !== said) chosen.textContent = said;
    chosen.classList.toggle("bad", Boolean(chosen.dataset.over));
    for (const e of form.querySelectorAll(".slider")) follow(e);
  }

  function told(kind, form, line) {
    const all = Array.from(answers.of(form).values());
    const chosen = all.filter((controls) => !["", "false"].includes(answers.now(controls))).length;
    delete line.dataset.over;
    switch (kind) {
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
  function find(field) {
    const [ballot, asked] = [field.closest(".ballot"), fold(field.value.trim())];
    let found = 0;
    for (const option of ballot.querySelectorAll(".options .option:not(.ranked)")) {
      if (option.closest(".abstain")) continue;
      const fits = fold(option.querySelector(".text").textContent).includes(asked);
      option.classList.toggle("away", !fits);
      found += fits;
    }
    const said = line(ballot, "found");
    if (!asked) said.textContent = "";
    else said.textContent = found ? words("voting.script.found", { Count: found }) : words("voting.script.found_none");
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

  countAll();
}
