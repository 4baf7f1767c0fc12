// Forms that ask for a poll work without this script. With it they offer only what the
// kind that is chosen has, and the organiser's own time zone.
"use strict";

{
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  for (const form of document.querySelectorAll("form")) {
    if (!form.querySelector("[name=kind]")) continue;
    form.addEventListener("change", () => offer(form));
    addEventListener("pageshow", () => offer(form));
    offer(form);
  }
  for (const zone of document.querySelectorAll("input[name=time_zone]")) suggest(zone);

  // offer leaves what is for the kind that is chosen. A rule that is chosen and does not
  // fit gives way to the usual one.
  function offer(form) {
    const kind = form.querySelector("[name=kind]:checked").value;
    for (const group of form.querySelectorAll("select[name=rule] optgroup")) {
      const fits = group.dataset.kind === kind;
      group.hidden = group.disabled = !fits;
      const rule = group.closest("select");
      if (!fits && group.contains(rule.selectedOptions[0])) rule.value = "";
    }
    for (const field of form.querySelectorAll("[data-kinds]")) {
      const fits = field.dataset.kinds.split(" ").includes(kind);
      field.hidden = field.querySelector("input").disabled = !fits;
    }
    for (const part of form.querySelectorAll(".part")) part.hidden = !part.querySelector(".field:not([hidden])");
  }

  // suggest fills in the zone where no time is set yet: a time that is set was meant
  // for the zone beside it.
  function suggest(zone) {
    const times = [...zone.form.querySelectorAll("input[type=datetime-local]")];
    if (!zone.value && times.every((t) => !t.value)) zone.value = own;
  }
}
