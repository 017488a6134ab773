import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['dist/', '.build/', 'node_modules/', 'types/', 'test/examples/']},
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname + '/..'},
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {argsIgnorePattern: '^_', varsIgnorePattern: '^_'},
      ],
      'max-params': ['error', 3],
      'no-console': 'error',
    },
  },
  {
    files: ['.config/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {'@typescript-eslint/explicit-module-boundary-types': 'off'},
  },
);
