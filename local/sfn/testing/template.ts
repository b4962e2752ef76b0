import { readFileSync } from 'node:fs';

/** A machine of a CloudFormation template, as CDK synthesizes it. */
export interface TemplateMachine {
  /** Path of the template's JSON file. */
  readonly template: string;
  /** Logical id, the construct's id it begins with, or StateMachineName; not needed where there is one machine only. */
  readonly machine?: string;
}

export interface FoundMachine {
  readonly definition: string;
  readonly type: 'STANDARD' | 'EXPRESS';
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The definition with its references filled in: pseudo parameters as of `us-east-1`, an ARN made from the logical id
 * for resources, the name for anything else.
 * @throws Error where the template has no such machine, or has its definition elsewhere
 */
export function machineOf({ template, machine }: TemplateMachine): FoundMachine {
  const resources = fields(fields(JSON.parse(readFileSync(template, 'utf8')))['Resources']);
  const properties = fields(fields(resources[find(resources, machine)])['Properties']);
  const source = properties['DefinitionString'] ?? properties['Definition'];
  if (source === undefined) throw new Error(`${template}: the definition is not in the template`);
  const filled = resolve(source, resources);
  const text = typeof filled === 'string' ? filled : JSON.stringify(filled);
  const substitutions = fields(properties['DefinitionSubstitutions'] ?? {});
  const definition = text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
    const value = substitutions[name];
    return value === undefined ? whole : String(resolve(value, resources));
  });
  return {
    definition,
    type: properties['StateMachineType'] === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
  };
}

function find(resources: Fields, wanted: string | undefined): string {
  const ids = Object.keys(resources).filter((id) => isMachine(resources[id]));
  const exact =
    wanted === undefined
      ? []
      : ids.filter((id) => id === wanted || nameOf(resources[id]) === wanted);
  const found = exact.length > 0 ? exact : ids.filter((id) => id.startsWith(wanted ?? ''));
  const [id] = found;
  if (id === undefined || found.length > 1)
    throw new Error(
      `${wanted === undefined ? 'Name one machine' : `No single machine '${wanted}'`} of: ${ids.join(', ')}`,
    );
  return id;
}

function isMachine(resource: unknown): boolean {
  return fields(resource)['Type'] === 'AWS::StepFunctions::StateMachine';
}

function nameOf(resource: unknown): unknown {
  return fields(fields(resource)['Properties'] ?? {})['StateMachineName'];
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '000000000000',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

/** Services whose ARN names the resource after a word of its own. */
const words: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'lambda:us-east-1:000000000000:function:',
  'AWS::Lambda::Alias': 'lambda:us-east-1:000000000000:function:',
  'AWS::Lambda::Version': 'lambda:us-east-1:000000000000:function:',
  'AWS::StepFunctions::StateMachine': 'states:us-east-1:000000000000:stateMachine:',
};

function resolve(value: unknown, resources: Fields): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, resources));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0) {
    if (key === 'Ref') return reference(String(argument), resources);
    if (key === 'Fn::GetAtt') return attribute(argument, resources);
    if (key === 'Fn::ImportValue') return resolve(argument, resources);
    if (key === 'Fn::Join') return join(argument, resources);
    if (key === 'Fn::Sub') return substitute(argument, resources);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, resolve(one, resources)]),
  );
}

function join(argument: unknown, resources: Fields): string {
  const [between, parts]: unknown[] = Array.isArray(argument) ? argument : [];
  const list: unknown[] = Array.isArray(parts) ? parts : [];
  return list.map((part) => String(resolve(part, resources))).join(String(between ?? ''));
}

function substitute(argument: unknown, resources: Fields): string {
  const [text, own]: unknown[] = Array.isArray(argument) ? argument : [argument];
  const values = fields(own ?? {});
  return String(text).replaceAll(/\$\{([\w:.]+)\}/g, (_whole, name: string) => {
    if (values[name] !== undefined) return String(resolve(values[name], resources));
    return name.includes('.') ? arnOf(name, resources) : reference(name, resources);
  });
}

function reference(name: string, resources: Fields): string {
  const known = pseudo[name];
  if (known !== undefined) return known;
  const type = fields(resources[name] ?? {})['Type'];
  // What Ref answers with an ARN; a function's is its name.
  if (typeof type === 'string' && type !== 'AWS::Lambda::Function' && words[type] !== undefined)
    return arnOf(name, resources);
  return name;
}

function attribute(argument: unknown, resources: Fields): string {
  const [id, name]: unknown[] = Array.isArray(argument) ? argument : String(argument).split('.');
  return String(name).endsWith('Arn') ? arnOf(String(id), resources) : String(id);
}

function arnOf(path: string, resources: Fields): string {
  const id = path.split('.')[0] ?? path;
  const type = String(fields(resources[id] ?? {})['Type'] ?? '');
  const service = type.split('::')[1]?.toLowerCase() ?? 'unknown';
  return `arn:aws:${words[type] ?? `${service}:us-east-1:000000000000:`}${id}`;
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new Error('the template has another form');
  return Object.fromEntries(Object.entries(value));
}
