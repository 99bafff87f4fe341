import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const ambientTime = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take a Clock (src/clock.ts) instead of the ambient time.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take a Clock (src/clock.ts) instead of the ambient time.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take the randomness as a parameter.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist',
      'out',
      'src/kernel/assembly',
      '.node',
      'node_modules',
      'bin',
      '*.config.js',
      '.dependency-cruiser.cjs',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always'],
    },
  },
  {
    // The product: no ambient time, no process-wide output or exit below the commands.
    files: ['src/**/*.ts'],
    ignores: ['src/clock.ts', 'src/commands/**', 'src/s3-embedded/**'],
    rules: {
      'no-restricted-syntax': ['error', ...ambientTime],
      'no-console': 'error',
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    // node:test's describe and it return promises that the runner awaits by itself.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
);
