const { join } = require('node:path');

/** The port, the module that gives it, and what holds at its seams: all that is to be known of the relay outside its folder. */
const RELAY_PORT = ['src/relay/relay', 'src/relay/relay.module', 'src/relay/guard'];

/**
 * Who may import whom: the whole rule of the house. A folder may always import itself, and what its line names: folders,
 * or single files without their ending. What is on no line (the files at the top of src) may import anything of src.
 */
const MAY_IMPORT = {
  'src/protocol': [],
  'src/config': [],
  'src/access': ['src/protocol', 'src/config'],
  'src/redis': ['src/config'],
  'src/relay': ['src/redis', 'src/protocol', 'src/config'],
  'src/events': ['src/relay', 'src/protocol', 'src/config'],
  'src/connection': ['src/protocol'],
  'src/hub': ['src/connection', ...RELAY_PORT, 'src/protocol', 'src/config'],
  'src/http': ['src/events', 'src/hub', 'src/connection', ...RELAY_PORT, 'src/access', 'src/protocol', 'src/config'],
  'src/microservice': ['src/events', 'src/redis', 'src/relay/relay', 'src/access', 'src/protocol', 'src/config'],
  'src/gateway': ['src/hub', 'src/connection', 'src/access', 'src/protocol', 'src/config'],
  'src/health': [...RELAY_PORT, 'src/protocol', 'src/config'],
  'src/metrics': [...RELAY_PORT, 'src/protocol', 'src/config'],
  'src/cli': ['src/protocol'],
  'src/page': ['src/protocol', 'src/config'],
  'src/docs': ['src/http/dto', 'src/page/security-headers', 'src/protocol', 'src/config'],
  'client/src': ['src/protocol'],
  dashboard: ['client/src'],
};

/** What belongs to an adapter of the relay, that only the module may name. */
const RELAY_ADAPTERS = { memory: '^src/relay/memory-', redis: '^src/relay/redis/' };

/** All that is ours, so neither a package nor a part of Node. */
const OURS = '^(src|client|dashboard|test|scripts|bench|dist)/';

/** @param {string} name */
const pathOf = (name) => `^${name.replaceAll('.', '\\.')}(/|\\.[cm]?[jt]sx?$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
      name: `${folder}-imports`,
      comment: `${folder} may import ${allowed.join(', ') || 'no other folder'}`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: { path: OURS, pathNot: [folder, ...allowed].map(pathOf) },
    })),
    {
      name: 'protocol-is-pure',
      comment: 'the protocol is shared with browsers: no package and nothing of Node either',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { pathNot: OURS },
    },
    {
      name: 'client-needs-nothing',
      comment: 'the client runs wherever there is a WebSocket: no package and nothing of Node, but React for its hooks',
      severity: 'error',
      from: { path: '^client/src/' },
      to: { pathNot: [OURS, '^(node_modules/)?(@types/)?react(/|$)'] },
    },
    {
      name: 'src-stands-alone',
      comment: 'what is built from src imports nothing of ours from outside it',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: OURS, pathNot: '^src/' },
    },
    {
      name: 'gateway-is-a-leaf',
      comment: 'only hub.module.ts and the public API know the gateway; messages reach it through the relay',
      severity: 'error',
      from: { pathNot: ['^src/gateway/', '^src/(hub\\.module|public-api)\\.ts$'] },
      to: { path: '^src/gateway/' },
    },
    ...Object.entries(RELAY_ADAPTERS).map(([adapter, path]) => ({
      name: `${adapter}-relay-behind-the-port`,
      comment: 'the rest of the hub does not know how messages travel',
      severity: 'error',
      from: { pathNot: ['^src/relay/relay\\.module\\.ts$', path] },
      to: { path },
    })),
    {
      name: 'no-cycles',
      comment: 'of two that need each other, one is in the wrong place',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that leads nowhere is under no rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'only-dependencies',
      comment: 'what the server imports is installed where it runs',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Tests are under no rule, and some import what is only there after a build.
    exclude: { path: '(^|/)dist/|^(client|dashboard)/test/' },
    // Type imports are under the rules too.
    tsPreCompilationDeps: true,
    // It leads from the name of the client to its source, as the build of the page does; built or not.
    tsConfig: { fileName: join(__dirname, '.dependency-cruiser.tsconfig.json') },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
