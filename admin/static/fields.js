// Forms that ask for a poll work without this script. With it they offer only the rules
// of the kind that is chosen, and the organiser's own time zone.
"use strict";

{
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  document.addEventListener("fields", (e) => help(e.detail));
  help(document);

  function help(root) {
    for (const kind of root.querySelectorAll("select[name=kind]")) {
      const groups = [...kind.form.querySelectorAll("select[name=rule] optgroup")];
      kind.addEventListener("change", () => offer(groups, kind.value));
      offer(groups, kind.value);
    }
    for (const zone of root.querySelectorAll("input[name=time_zone]")) suggest(zone);
  }

  // offer leaves the rules of one kind. One that is chosen and does not fit gives way
  // to the usual one.
  function offer(groups, kind) {
    for (const group of groups) {
      const fits = group.dataset.kind === kind;
      group.hidden = group.disabled = !fits;
      const rule = group.closest("select");
      if (!fits && group.contains(rule.selectedOptions[0])) rule.value = "";
    }
  }

  // suggest fills in the zone where no time is set yet: a time that is set was meant
  // for the zone beside it.
  function suggest(zone) {
    const times = [...zone.form.querySelectorAll("input[type=datetime-local]")];
    if (!zone.value && times.every((t) => !t.value)) zone.value = own;
  }
}
