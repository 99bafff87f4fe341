// The layers of docs/design.md: imports point downwards only.
// commands → use cases → index, catalogue, s3 → leaves.
const useCases =
  '^src/(snapshot|restore|gc|retention|snapshots|diff|find|verify|doctor|sync|takeover|notify|metrics|failover|watch|import-config)/';
const foundations = '^src/(index|catalogue|s3|config|log|ui)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means that two rooms are one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-imports-commands',
      comment: 'Commands are the outermost layer.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'foundations-know-no-use-case',
      comment: 'index, catalogue, s3, config, log and ui are beneath the use cases.',
      severity: 'error',
      from: { path: foundations },
      to: { path: useCases },
    },
    {
      name: 'kernel-knows-bytes',
      comment: 'Loops over tables: what they are of, others know.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^src/', pathNot: '^src/(kernel/|entry-table)' },
    },
    {
      name: 'index-knows-neither-s3-nor-sqlite',
      comment: 'The index is files and pure functions.',
      severity: 'error',
      from: { path: '^src/index/' },
      to: { path: '^src/(s3|catalogue|config|log|ui)/|@aws-sdk|better-sqlite3' },
    },
    {
      name: 'catalogue-knows-no-s3',
      comment: 'The catalogue is SQLite alone.',
      severity: 'error',
      from: { path: '^src/catalogue/' },
      to: { path: '^src/(s3|index|config|log|ui)/|@aws-sdk' },
    },
    {
      name: 's3-knows-neither-index-nor-catalogue',
      comment: 'Everything that knows the SDK, and nothing else.',
      severity: 'error',
      from: { path: '^src/s3/' },
      to: { path: '^src/(index|catalogue|config|log|ui)/|better-sqlite3' },
    },
    {
      name: 'leaves-are-leaves',
      comment: 'config, log and ui import nothing of ours but errors and clock.',
      severity: 'error',
      from: { path: '^src/(config|log|ui)/' },
      to: { path: '^src/(index|catalogue|s3)/' },
    },
    {
      name: 'use-cases-do-not-render',
      comment: 'No oclif and no terminal below the commands: use cases report through observers.',
      severity: 'error',
      from: { path: useCases },
      to: { path: '@oclif|^src/ui/|console-table-printer|log-update' },
    },
    {
      name: 'retention-is-pure',
      comment: 'Policy in, verdict and reasons out.',
      severity: 'error',
      from: { path: '^src/retention/' },
      to: { pathNot: '^src/retention/|date-fns' },
    },
    {
      name: 'sdk-only-in-s3',
      comment: 'Only src/s3 knows the AWS SDK.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/s3/' },
      to: { path: '@aws-sdk|@smithy' },
    },
    {
      name: 'sdk-is-loaded-late',
      comment:
        'Loading the SDK takes a tenth of a second: only commands that talk to S3 do, by a dynamic import.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(s3|s3-embedded)/' },
      to: { path: '^src/s3/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'embedded-server-is-not-the-product',
      comment: 'The embedded S3 serves demo, tests and benchmarks.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/s3-embedded/' },
      to: { path: '^src/s3-embedded/' },
    },
    {
      name: 'embedded-server-stands-alone',
      comment: 'It must not share the mistakes of what it tests.',
      severity: 'error',
      from: { path: '^src/s3-embedded/' },
      to: { path: '^src/', pathNot: '^src/s3-embedded/' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      comment: 'Development tools are not installed with the product.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/s3-embedded/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that resolves to nothing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/kernel/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
