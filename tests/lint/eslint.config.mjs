// The scripts of web/ are classic scripts or modules of a browser, without a build step.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "smart"],
      "no-var": "error",
      "prefer-const": "error",
      "no-shadow": "error",
      "no-implied-eval": "error",
      "no-eval": "error",
      "no-empty": ["error", { allowEmptyCatch: true }],
      "no-unused-private-class-members": "off", // does not count `this.#member ||= ...` as a use
    },
  },
];
