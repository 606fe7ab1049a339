import js from "@eslint/js";
import globals from "globals";
import typescript from "typescript-eslint";

const BUDGET = { skipBlankLines: false, skipComments: false };

export default [
  { ignores: ["**/build/", "**/dist/", "**/runs/", "**/.venv*/"] },
  js.configs.recommended,
  {
    files: ["digitscope/web/**/*.js"],
    languageOptions: {
      globals: globals.browser,
      parser: typescript.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { typescript: typescript.plugin },
    rules: {
      "max-lines": ["error", { max: 300, ...BUDGET }],
      "max-lines-per-function": ["error", { max: 40, ...BUDGET }],
      "max-params": ["error", 6],
      complexity: ["error", 12],
      "max-depth": ["error", 5],
      eqeqeq: "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      // A promise that fails unseen leaves the page without a word.
      "typescript/no-floating-promises": "error",
      "typescript/no-misused-promises": "error",
      "typescript/await-thenable": "error",
    },
  },
];
