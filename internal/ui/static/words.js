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

// figures writes numbers as the server does, in the way of the page's language: whole
// ones, exact decimals as in "-1234.25", and percentages.
const figures = {
  whole: (n) => String(n).replace(/\B(?=(\d{3})+$)/g, words("number.group")),
  decimal: (text) => {
    const [whole, fraction] = String(text).split(".");
    return fraction === undefined ? figures.whole(whole) : figures.whole(whole) + words("number.decimal") + fraction;
  },
  percent: (n) => words("number.percent", { Number: n }),
};

// pageLocale is the language of dates and times: the one of the page, in the reader's own
// way (en-GB, fr-CA) if they read that language, and with the digits of our numbers.
const pageLocale = (() => {
  const { lang } = document.documentElement;
  const own = (navigator.languages || []).find((l) => l.split("-")[0] === lang.split("-")[0]);
  return new Intl.Locale(own || lang, { numberingSystem: "latn" }).toString();
})();
