import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Folders between which the walls stand. */
export const folders = ['domain', 'adapters', 'functions', 'workflows', 'infra', 'local'] as const;

interface Wall {
  readonly name: string;
  readonly why: string;
  /** Of the importing file, from the root of the house. */
  readonly from: RegExp;
  /** Of the imported file or package (`npm:zod`, `node:fs`); `$1` stands for `from`'s first group. */
  readonly to: string;
  /** What is allowed all the same. */
  readonly but?: string;
  /** Importing files the wall does not hold back. */
  readonly except?: RegExp;
}

export const walls: readonly Wall[] = [
  {
    name: 'domain-alone',
    why: 'domain decides; it imports itself and zod',
    from: /^domain\//,
    to: '.*',
    but: '^(domain/|npm:zod$)',
  },
  {
    name: 'adapters-down',
    why: 'adapters implement ports and know nobody who uses them',
    from: /^adapters\//,
    to: '^(functions|workflows|infra|local)/',
  },
  {
    name: 'functions-inside',
    why: 'functions know no machine, no stack and no laptop',
    from: /^functions\//,
    to: '^(workflows|infra|local)/',
  },
  {
    name: 'functions-apart',
    why: 'what two functions share lies in functions/shared',
    from: /^functions\/([^/]+)\//,
    to: '^functions/',
    but: '^functions/($1|shared)/',
  },
  {
    name: 'adapters-where-composed',
    why: 'a function names its adapters where it is composed, so that its work is tested with fakes',
    from: /^functions\//,
    to: '^adapters/',
    except: /^functions\/[^/]+\/dependencies\.ts$/,
  },
  {
    name: 'cloud-by-path',
    why: 'machines and stacks name handlers by path and take contracts from domain',
    from: /^(workflows|infra)\//,
    to: '^(functions|adapters|local)/',
  },
  {
    name: 'laptop-knows-the-assembly',
    why: 'the laptop runs cdk.out, whatever made it',
    from: /^local\//,
    to: '^(functions|adapters|domain|workflows|infra)/',
  },
  {
    name: 'nothing-imports-tests',
    why: 'tests look at the house, the house does not look back',
    from: /^(domain|adapters|functions|workflows|infra|local)\//,
    to: '^test/',
  },
  {
    name: 'everything-is-there',
    why: 'an import leads to a file',
    from: /./,
    to: '^missing:',
  },
];

/** Imports and re-exports, of types too: a type that crosses a wall binds as much as a value. */
const imports =
  /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Every import that goes over a wall, as `wall: file → target`. */
export function breaches(root: string): readonly string[] {
  return sources(root).flatMap((file) =>
    targets(root, file).flatMap((target) =>
      walls
        .filter((wall) => isBreached(wall, file, target))
        .map(({ name }) => `${name}: ${file} → ${target}`),
    ),
  );
}

/** Every source file of the house, from its root. */
export function sources(root: string): readonly string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(m?[jt]s|cts)$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    )
    .sort();
}

/** What a file imports: files from the root of the house, `npm:<package>`, `node:<module>`, or `missing:<what>`. */
export function targets(root: string, file: string): readonly string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(imports)].map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    if (specifier.startsWith('node:')) return specifier;
    if (!specifier.startsWith('.')) {
      return `npm:${specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')}`;
    }
    const target = join(dirname(file), specifier);
    return existsSync(join(root, target)) ? target : `missing:${target}`;
  });
}

function isBreached(wall: Wall, file: string, target: string): boolean {
  const from = wall.from.exec(file);
  if (from === null || wall.except?.test(file)) return false;
  const pattern = (text: string) => new RegExp(text.replaceAll('$1', () => from[1] ?? ''));
  return (
    pattern(wall.to).test(target) && !(wall.but !== undefined && pattern(wall.but).test(target))
  );
}
