import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["node_modules", ".svelte-kit"] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      eqeqeq: "error",
      complexity: ["error", 10],
      "max-lines": ["error", 400],
      "no-console": "error",
      "svelte/no-at-html-tags": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.name='$state']",
          message: "Use $state.raw and replace the value whole: the pages carry no proxies (client_only.ts).",
        },
      ],
    },
  },
);
