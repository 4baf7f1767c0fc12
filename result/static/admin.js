// The organiser's page works without this script; then the times that are typed
// are UTC. With it they are the organiser's own: each field gets a hidden one
// beside it, which holds what is sent.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "your time";

for (const field of document.querySelectorAll("input[type=datetime-local]")) {
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = field.name;
  sent.value = field.value; // left as it is, it changes nothing
  const shown = field.value && local(new Date(`${field.value}Z`));
  field.removeAttribute("name");
  field.value = shown;
  field.after(sent);
  field.addEventListener("input", () => {
    if (field.value === shown) sent.value = field.defaultValue;
    else sent.value = field.value && new Date(field.value).toISOString();
  });
  for (const z of field.closest("label").querySelectorAll(".zone")) z.textContent = `(${zone})`;
}

// local writes a time as a field wants it, in the zone of the device.
function local(t) {
  const two = (n) => String(n).padStart(2, "0");
  const day = `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
  const time = `${two(t.getHours())}:${two(t.getMinutes())}`;
  return t.getSeconds() ? `${day}T${time}:${two(t.getSeconds())}` : `${day}T${time}`;
}
