// Holds the pages' scripts to the browsers that docs/browsers.md names.
import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

const browsers = ["chrome >= 87", "edge >= 87", "firefox >= 78", "safari >= 14", "ios_saf >= 14"];
const known = ["addEventListener", "dispatchEvent", "matchMedia", "location", "io"]; // io is socket.io-client's

const iterators = ["drop", "every", "filter", "find", "flatmap", "foreach", "map", "reduce", "some", "take", "toarray"];

export default [
  compat.configs["flat/recommended"],
  esx.configs["flat/restrict-to-es2020"],
  {
    languageOptions: {
      ecmaVersion: 2020,
      sourceType: "script",
      globals: Object.fromEntries(known.map((name) => [name, "readonly"])),
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    settings: { targets: browsers, "es-x": { aggressive: true } }, // aggressive: methods by their name alone
    rules: {
      ...Object.fromEntries(iterators.map((name) => [`es-x/no-iterator-prototype-${name}`, "off"])), // arrays have them too
      // What the plugins can't see: it is there, and does less.
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='FormData'][arguments.length>1]",
          message: "Browsers before 2023 ignore the second argument of FormData: append the button by hand.",
        },
        {
          selector: ":matches(NewExpression, CallExpression, MemberExpression) > MemberExpression[property.name='submitter']",
          message: "Safari before 15.4 has no submitter: keep it, and see to it that there may be none.",
        },
        {
          selector: "MemberExpression[object.name='AbortSignal'][property.name=/^(timeout|any)$/]",
          message: "Browsers before 2022 have no such AbortSignal: use an AbortController.",
        },
        {
          selector: "MemberExpression[object.name='crypto'][property.name='randomUUID']",
          message: "Over plain http there is no randomUUID: use getRandomValues.",
        },
      ],
    },
  },
];
