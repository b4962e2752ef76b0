import { BlockList, isIP, isIPv4 } from 'node:net';
import * as z from 'zod';

/** Whether an event (or a record, for filters of event source mappings) fits. */
export type Matches = (event: unknown) => boolean;

/** `undefined` is a field that is not there. */
type Test = (value: unknown) => boolean;

export class InvalidPattern extends Error {
  override readonly name = 'InvalidEventPatternException';
}

const Fields = z.record(z.string(), z.unknown());
const text = z.string();
const texts = z.union([text.transform((one) => [one]), z.array(text).min(1)]);

/**
 * Compiles an event pattern.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @throws InvalidPattern naming the place
 */
export function compilePattern(pattern: unknown): Matches {
  return objectTest(pattern, 'pattern');
}

function objectTest(pattern: unknown, place: string): Test {
  const parsed = Fields.safeParse(pattern);
  if (!parsed.success || Array.isArray(pattern))
    throw new InvalidPattern(`${place}: not an object`);
  const tests = Object.entries(parsed.data).map(([key, value]) => {
    if (key === '$or' && Array.isArray(value)) return orTest(value, `${place}.$or`);
    const test = Array.isArray(value)
      ? valuesTest(value, `${place}.${key}`)
      : objectTest(value, `${place}.${key}`);
    return (event: unknown) => test(fieldOf(event, key));
  });
  if (tests.length === 0) throw new InvalidPattern(`${place}: empty`);
  const all: Test = (event) => tests.every((test) => test(event));
  // A pattern for an object fits a list when it fits one of its objects.
  return (event) => (Array.isArray(event) ? event.some(all) : all(event));
}

function orTest(alternatives: readonly unknown[], place: string): Test {
  if (alternatives.length < 2) throw new InvalidPattern(`${place}: needs two alternatives`);
  const tests = alternatives.map((each, at) => objectTest(each, `${place}[${at}]`));
  return (event) => tests.some((test) => test(event));
}

function fieldOf(event: unknown, key: string): unknown {
  if (typeof event !== 'object' || event === null || !Object.hasOwn(event, key)) return undefined;
  return Fields.parse(event)[key];
}

function valuesTest(alternatives: readonly unknown[], place: string): Test {
  if (alternatives.length === 0) throw new InvalidPattern(`${place}: empty list`);
  const tests = alternatives.map((each) => valueTest(each, place));
  return (value) => tests.some((test) => test(value));
}

function valueTest(wanted: unknown, place: string): Test {
  if (wanted === null || ['string', 'number', 'boolean'].includes(typeof wanted)) {
    return some((value) => value === wanted);
  }
  const parsed = Fields.safeParse(wanted);
  const [entry, ...more] = Object.entries(parsed.data ?? {});
  if (entry === undefined || more.length > 0) throw new InvalidPattern(`${place}: not an operator`);
  const [operator, argument] = entry;
  const build = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (build === undefined) throw new InvalidPattern(`${place}: operator ${operator} is not known`);
  try {
    return build(argument, place);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new InvalidPattern(`${place}: ${operator}: ${z.prettifyError(error)}`);
  }
}

/** One of the values of a list, or the value itself; a missing field fits nothing. */
function some(test: Test): Test {
  return (value) => {
    if (value === undefined) return false;
    return Array.isArray(value) ? value.some(test) : test(value);
  };
}

function someText(test: (value: string) => boolean): Test {
  return some((value) => typeof value === 'string' && test(value));
}

const IgnoreCase = z.object({ 'equals-ignore-case': text }).strict();

const operators: Readonly<Record<string, (argument: unknown, place: string) => Test>> = {
  exists: (argument) => {
    const wanted = z.boolean().parse(argument);
    // Only leaves exist: an object is no value.
    return (value) => (value !== undefined && !isObject(value)) === wanted;
  },
  prefix: (argument) => {
    if (typeof argument === 'string') return someText((value) => value.startsWith(argument));
    const start = IgnoreCase.parse(argument)['equals-ignore-case'].toLowerCase();
    return someText((value) => value.toLowerCase().startsWith(start));
  },
  suffix: (argument) => {
    if (typeof argument === 'string') return someText((value) => value.endsWith(argument));
    const end = IgnoreCase.parse(argument)['equals-ignore-case'].toLowerCase();
    return someText((value) => value.toLowerCase().endsWith(end));
  },
  'equals-ignore-case': (argument) => {
    const wanted = text.parse(argument).toLowerCase();
    return someText((value) => value.toLowerCase() === wanted);
  },
  wildcard: (argument, place) => {
    const shape = wildcard(text.parse(argument), place);
    return someText((value) => shape.test(value));
  },
  numeric: numericTest,
  cidr: (argument) => {
    const [address = '', bits] = text.parse(argument).split('/');
    const block = new BlockList();
    block.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
    return someText(
      (value) => isIP(value) !== 0 && block.check(value, isIPv4(value) ? 'ipv4' : 'ipv6'),
    );
  },
  'anything-but': (argument, place) => some(not(anythingBut(argument, place))),
};

/** The test that must fail. */
function anythingBut(argument: unknown, place: string): Test {
  const values = z
    .union([
      z.union([text, z.number()]).transform((one) => [one]),
      z.array(z.union([text, z.number()])).min(1),
    ])
    .safeParse(argument);
  if (values.success) {
    const refused = new Set<unknown>(values.data);
    return (value) => refused.has(value);
  }
  const [entry, ...more] = Object.entries(Fields.parse(argument));
  const [operator, refused] = entry ?? [];
  if (operator === undefined || more.length > 0) {
    throw new InvalidPattern(`${place}: anything-but takes values or one operator`);
  }
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) {
    throw new InvalidPattern(`${place}: anything-but ${operator} is not known`);
  }
  const tests = texts.parse(refused).map((each) => valueTest({ [operator]: each }, place));
  return (value) => tests.some((test) => test(value));
}

function not(test: Test): Test {
  return (value) => !test(value);
}

const Comparison = z.enum(['<', '<=', '=', '>', '>=']);

function numericTest(argument: unknown, place: string): Test {
  const parts = z.array(z.unknown()).min(2).max(4).parse(argument);
  if (parts.length % 2 !== 0) throw new InvalidPattern(`${place}: numeric takes pairs`);
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const bound = z.number().parse(parts[at + 1]);
    tests.push(comparison(Comparison.parse(parts[at]), bound));
  }
  return some((value) => typeof value === 'number' && tests.every((test) => test(value)));
}

function comparison(sign: z.infer<typeof Comparison>, bound: number): (value: number) => boolean {
  switch (sign) {
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '=':
      return (value) => value === bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
  }
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(shape: string, place: string): RegExp {
  if (shape.replaceAll(/\\[*\\]/g, '').includes('**')) {
    throw new InvalidPattern(`${place}: consecutive wildcard characters`);
  }
  const source = shape.replaceAll(/\\[*\\]|[\s\S]/g, (found) => {
    if (found === '*') return '[\\s\\S]*';
    const plain = found.length === 2 ? found.slice(1) : found;
    return plain.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
