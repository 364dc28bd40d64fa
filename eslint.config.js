import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist', 'coverage', 'examples'] },
  {
    files: ['**/*.{ts,tsx,js,mjs,cjs}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Nest needs classes as values for injection, and decorators on async methods without await are common.
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { parserOptions: { projectService: false, project: 'tsconfig.scripts.json' } },
  },
  {
    files: ['dashboard/src/**/*.{ts,tsx}', 'client/{src/react,test/react}/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    // The other rules of the plugin are for code that the React compiler rewrites.
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  // What these import is installed for a comparison only.
  { files: ['bench/peers/**/*.{mjs,cjs}'], extends: [tseslint.configs.disableTypeChecked] },
  { files: ['**/test/**/*.{ts,tsx}'], rules: { 'max-lines-per-function': 'off' } },
);
