export default {
  root: true,
  extends: ["html-validate:standard", "html-validate:document"],
  rules: {
    // Our own files carry the hash of what is in them in their names, and come from
    // where the page comes from: a hash beside the link would protect from nobody.
    "require-sri": ["error", { target: "crossorigin" }],
  },
};
