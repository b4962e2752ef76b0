import * as z from 'zod';
import { Unsupported } from './errors.ts';

/** Answers what only the graph knows. Each throws `Unsupported` for a name that is not there. */
export interface Scope {
  /** How messages name the place: `Stack/LogicalId`. */
  readonly where: string;
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  condition(name: string): boolean;
  findInMap(map: string, top: string, second: string): unknown;
  availabilityZones(): readonly string[];
  /** A dynamic reference, `service:rest` of `{{resolve:service:rest}}`. */
  dynamic(reference: string): string;
}

/** What `AWS::NoValue` leaves behind; dropped from lists and objects. */
const noValue: unique symbol = Symbol('AWS::NoValue');

const Record = z.record(z.string(), z.unknown());
const Texts = z.array(z.unknown());

/**
 * Resolves every intrinsic function in a template value, and dynamic references in texts.
 * @throws Unsupported for an intrinsic function this does not know, by name
 */
export function resolve(value: unknown, scope: Scope): unknown {
  const found = walk(value, scope);
  return found === noValue ? undefined : found;
}

function walk(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return dynamicReferences(value, scope);
  if (Array.isArray(value)) return value.map((item) => walk(item, scope)).filter(isValue);
  const object = Record.safeParse(value);
  if (!object.success) return value;
  const keys = Object.keys(object.data);
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) {
    const fn = functions[only];
    const argument = object.data[only];
    if (fn !== undefined) return fn(argument, scope);
    if (only.startsWith('Fn::')) throw new Unsupported(`${scope.where}: ${only} is not supported`);
  }
  const resolved: { [key: string]: unknown } = {};
  for (const key of keys) {
    const item = walk(object.data[key], scope);
    if (item !== noValue) resolved[key] = item;
  }
  return resolved;
}

function isValue(value: unknown): boolean {
  return value !== noValue;
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const functions: Readonly<Record<string, Intrinsic | undefined>> = {
  Ref: (argument, scope) => {
    const name = text(argument, scope, 'Ref');
    return name === 'AWS::NoValue' ? noValue : scope.ref(name);
  },
  'Fn::GetAtt': (argument, scope) => {
    const parts =
      typeof argument === 'string' ? dotted(argument) : list(argument, scope, 2, 'GetAtt');
    return scope.getAtt(
      text(parts[0], scope, 'Fn::GetAtt'),
      text(walk(parts[1], scope), scope, 'Fn::GetAtt'),
    );
  },
  'Fn::Join': (argument, scope) => {
    const [separator, items] = list(argument, scope, 2, 'Fn::Join');
    const parts = listOf(walk(items, scope), scope, 'Fn::Join');
    return dynamicReferences(
      parts.map((part) => text(part, scope, 'Fn::Join')).join(text(separator, scope, 'Fn::Join')),
      scope,
    );
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables] =
      typeof argument === 'string' ? [argument, {}] : list(argument, scope, 2, 'Fn::Sub');
    const own = Record.parse(walk(variables, scope));
    const filled = text(template, scope, 'Fn::Sub').replace(
      /\$\{([^!][^}]*)\}/g,
      (_, name: string) => {
        if (Object.hasOwn(own, name)) return text(own[name], scope, 'Fn::Sub');
        const [id, attribute] = dotted(name);
        return text(
          attribute === undefined ? scope.ref(name) : scope.getAtt(id ?? '', attribute),
          scope,
          'Fn::Sub',
        );
      },
    );
    return dynamicReferences(filled.replace(/\$\{!/g, '${'), scope);
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument, scope, 2, 'Fn::Select');
    const from = listOf(walk(items, scope), scope, 'Fn::Select');
    const at = Number(walk(index, scope));
    if (!Number.isInteger(at) || from[at] === undefined) {
      throw new Unsupported(`${scope.where}: Fn::Select ${String(at)} is outside of the list`);
    }
    return from[at];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, source] = list(argument, scope, 2, 'Fn::Split');
    return text(walk(source, scope), scope, 'Fn::Split').split(text(separator, scope, 'Fn::Split'));
  },
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = list(argument, scope, 3, 'Fn::If');
    return walk(scope.condition(text(name, scope, 'Fn::If')) ? yes : no, scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list(argument, scope, 3, 'Fn::FindInMap').map((part) =>
      text(walk(part, scope), scope, 'Fn::FindInMap'),
    );
    return scope.findInMap(map ?? '', top ?? '', second ?? '');
  },
  'Fn::GetAZs': (_, scope) => scope.availabilityZones(),
  'Fn::ImportValue': (argument, scope) =>
    scope.importValue(text(walk(argument, scope), scope, 'Fn::ImportValue')),
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(walk(argument, scope), scope, 'Fn::Base64')).toString('base64'),
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(walk(argument, scope)),
  'Fn::Length': (argument, scope) => listOf(walk(argument, scope), scope, 'Fn::Length').length,
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, scope, 2, 'Fn::Equals').map((part) => walk(part, scope));
    return String(left) === String(right);
  },
  'Fn::And': (argument, scope) =>
    listOf(argument, scope, 'Fn::And').every((part) => truth(part, scope)),
  'Fn::Or': (argument, scope) =>
    listOf(argument, scope, 'Fn::Or').some((part) => truth(part, scope)),
  'Fn::Not': (argument, scope) => !truth(listOf(argument, scope, 'Fn::Not')[0], scope),
};

/** A condition's own expression, which may name another condition. */
export function truth(value: unknown, scope: Scope): boolean {
  const named = z.strictObject({ Condition: z.string() }).safeParse(value);
  if (named.success) return scope.condition(named.data.Condition);
  return walk(value, scope) === true;
}

function dynamicReferences(value: string, scope: Scope): string {
  if (!value.includes('{{resolve:')) return value;
  // A reference may itself hold a part not joined yet; only whole ones are resolved.
  return value.replace(/\{\{resolve:([^{}]+)\}\}/g, (_, reference: string) =>
    scope.dynamic(reference),
  );
}

function dotted(name: string): readonly [string, string | undefined] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}

function text(value: unknown, scope: Scope, fn: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unsupported(`${scope.where}: ${fn} needs a text, not ${JSON.stringify(value)}`);
}

function listOf(value: unknown, scope: Scope, fn: string): readonly unknown[] {
  const items = Texts.safeParse(value);
  if (items.success) return items.data;
  throw new Unsupported(`${scope.where}: ${fn} needs a list, not ${JSON.stringify(value)}`);
}

function list(value: unknown, scope: Scope, length: number, fn: string): readonly unknown[] {
  const items = listOf(value, scope, fn);
  if (items.length !== length) {
    throw new Unsupported(`${scope.where}: ${fn} needs ${length} arguments`);
  }
  return items;
}
