// ESLint rule: who may import whom. Paths are resolved, so a sub-folder is held to the same rule as its top folder.
import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';

const ANY = Symbol('any');

/**
 * Per folder: `folders` whose values it may import, `types` whose types only, `packages` (a list leaves Node's own out unless named).
 * Nobody imports workers, clients or test but bench and test themselves.
 */
const ALLOWED = {
  contracts: { folders: [], packages: ['zod', '@temporalio/common'] },
  // node:crypto for digests, which are pure; what is random in it is banned in eslint.config.mjs.
  domain: { folders: ['contracts'], packages: ['node:crypto'] },
  workflows: {
    folders: ['contracts', 'domain'],
    types: ['activities', 'models', 'adapters', 'serving'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  adapters: { folders: ['contracts'], packages: ANY },
  models: { folders: ['contracts', 'domain'], files: ['adapters/package-root.ts'], packages: ANY },
  activities: { folders: ['contracts', 'domain', 'models', 'adapters'], packages: ANY },
  serving: { folders: ['contracts', 'domain', 'models', 'adapters'], packages: ANY },
  clients: { folders: ['contracts', 'adapters'], types: ['workflows'], packages: ANY },
  workers: { folders: ['contracts', 'domain', 'models', 'adapters', 'activities', 'serving', 'workflows'], packages: ANY },
  bench: { folders: ANY, packages: ANY },
  test: { folders: ANY, packages: ANY },
};

export const importDirections = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const root = context.cwd;
    const folder = relative(root, context.filename).split(sep)[0];
    const allowed = ALLOWED[folder];
    if (!allowed) return {};

    const check = (node, source, typesOnly) => {
      const why = source.startsWith('.') ? wrongFolder(source, typesOnly) : wrongPackage(source, typesOnly);
      if (why) context.report({ node, message: why });
    };
    const wrongFolder = (source, typesOnly) => {
      const path = relative(root, resolve(dirname(context.filename), source));
      const target = path.split(sep)[0];
      if (allowed.files?.includes(path)) return null;
      if (target === folder || allowed.folders === ANY || allowed.folders.includes(target) || target.includes('.')) return null;
      if (!allowed.types?.includes(target)) return `${folder}/ may not import from ${target}/.`;
      return typesOnly ? null : `${folder}/ may import only types from ${target}/.`;
    };
    const wrongPackage = (source, typesOnly) => {
      if (allowed.packages === ANY || typesOnly) return null;
      const name = source
        .split('/')
        .slice(0, source.startsWith('@') ? 2 : 1)
        .join('/');
      const known = builtinModules.includes(source) ? `node:${source}` : name;
      return allowed.packages.includes(known) ? null : `${folder}/ may not import ${source}.`;
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value, importsTypesOnly(node)),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source.value, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source.value, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, String(node.source.value ?? './'), false),
      TSImportType: (node) => check(node, node.source?.value ?? node.argument.literal.value, true),
    };
  },
};

const importsTypesOnly = (node) =>
  node.importKind === 'type' || (node.specifiers.length > 0 && node.specifiers.every((specifier) => specifier.importKind === 'type'));
