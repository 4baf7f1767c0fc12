// What the linter must convict: a comment that switches a rule off where there is
// nothing to convict is an error.
"use strict";

document.addEventListener("submit", (event) => {
  // eslint-disable-next-line no-restricted-syntax -- a submitter that nothing stands in for, and the second argument
  const fields = new FormData(event.target, event.submitter);
  // eslint-disable-next-line no-restricted-syntax -- the second argument alone
  const more = new FormData(event.target, event.target.button);
  // eslint-disable-next-line no-restricted-syntax -- a submitter alone
  const button = event.submitter.name;
  // eslint-disable-next-line no-restricted-syntax -- a method that is not there
  const limit = AbortSignal.timeout(1000);
  // eslint-disable-next-line no-restricted-syntax -- not over plain http
  const id = crypto.randomUUID();
  // eslint-disable-next-line compat/compat -- of 2022
  const copy = structuredClone([fields, more, button, limit, id]);
  // eslint-disable-next-line es-x/no-array-prototype-at, compat/compat -- of 2021
  return [copy].at(-1);
});
