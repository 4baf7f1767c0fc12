// The sentences that scripts show. They stand in the server's message files; a page
// brings those that its scripts need, in its language, as data of <main>.
"use strict";

const sentence = (() => {
  const messages = JSON.parse(document.querySelector("main").dataset.messages);
  const plural = new Intl.PluralRules(document.documentElement.lang);

  // sentence returns a message in parts, texts and what fills its gaps: elements
  // too. The number Count chooses the plural form.
  return (code, gaps = {}) => {
    const forms = messages[code];
    const text = forms[plural.select(gaps.Count || 0)] || forms.other;
    return text.split(/\{\{\.(\w+)\}\}/).map((part, i) => (i % 2 ? gaps[part] : part));
  };
})();

// words returns a message whose gaps hold texts and numbers only.
const words = (code, gaps) => sentence(code, gaps).join("");
