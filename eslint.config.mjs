import tseslint from 'typescript-eslint';
import { importDirections } from './scripts/import-directions.mjs';

const OUTSIDE_WORLD = ['process', 'Buffer', 'fetch', 'setImmediate'].map((name) => ({ name, message: 'Effects belong in activities/ and adapters/.' }));
const CLOCK_AND_CHANCE = [
  { object: 'Date', property: 'now', message: 'domain/ has no clock: take the time as a parameter.' },
  { object: 'Math', property: 'random', message: 'domain/ has no chance of its own: take a seeded generator (domain/random.ts).' },
  { object: 'performance', property: 'now', message: 'domain/ has no clock: take the time as a parameter.' },
];

const PURE_CRYPTO = { name: 'node:crypto', allowImportNames: ['createHash'], message: 'domain/ has no chance of its own.' };

export default tseslint.config(
  { ignores: ['dist', '.cache', '.nightjar', 'coverage', 'node_modules', 'test/fixtures', 'test/histories'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { nightjar: { rules: { 'import-directions': importDirections } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'nightjar/import-directions': 'error',
      'max-lines': ['error', 300],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  { files: ['{contracts,domain,workflows}/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...OUTSIDE_WORLD] } },
  {
    files: ['domain/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...CLOCK_AND_CHANCE], 'no-restricted-imports': ['error', { paths: [PURE_CRYPTO] }] },
  },
);
