import { Unsupported } from './errors.ts';
import { emulated, ignored } from './ignored.ts';
import { resolve, type Scope, truth } from './intrinsics.ts';
import type { Assembly, StackDocument } from './load.ts';
import { attribute, identity, type Places } from './physical.ts';

/** One resource of the assembly, as the local cloud sees it. */
export interface Resource {
  readonly stack: StackDocument;
  readonly logicalId: string;
  readonly type: string;
  /** What messages call it: `Stack/LogicalId`. */
  readonly where: string;
  readonly dependsOn: readonly string[];
  /** Unresolved, straight from the template. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Graph {
  readonly assembly: Assembly;
  readonly resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** The resource's properties with every intrinsic resolved. */
  properties(resource: Resource): Readonly<Record<string, unknown>>;
  /** What `Ref` answers. */
  ref(resource: Resource): string;
  /** What `Fn::GetAtt` answers. */
  getAtt(resource: Resource, attribute: string): string;
  /** The resource a logical id of the same stack names. */
  find(from: Resource, logicalId: string): Resource | undefined;
  /** Logical ids of the same stack this resource needs first: DependsOn, Ref, Fn::GetAtt, Fn::Sub. */
  needs(resource: Resource): readonly Resource[];
  /** Outputs of every stack, by `Stack.Output`. */
  outputs(): ReadonlyMap<string, unknown>;
}

/**
 * Builds one graph over all stacks of a stage. Nothing that depends on a running service is resolved
 * before it is asked for, so `places` may be filled in after the load.
 * @throws Unsupported for every resource type that is neither emulated nor on the list of the ignored
 */
export function buildGraph(assembly: Assembly, places: Places): Graph {
  const resources: Resource[] = [];
  const byStack = new Map<StackDocument, Map<string, Resource>>();
  const conditions = new Map<string, boolean>();
  for (const stack of assembly.stacks) byStack.set(stack, new Map());

  const scopeOf = (stack: StackDocument, where: string): Scope => ({
    where,
    ref(logicalId) {
      const pseudo = pseudoParameter(stack, logicalId);
      if (pseudo !== undefined) return pseudo;
      const resource = byStack.get(stack)?.get(logicalId);
      if (resource !== undefined) return ref(resource);
      const parameter = stack.template.Parameters[logicalId];
      if (parameter === undefined)
        throw new Unsupported(`${where}: Ref ${logicalId} names nothing`);
      if (parameter.Type.startsWith('AWS::SSM::')) {
        throw new Unsupported(`${where}: SSM parameter ${logicalId} has no local value`);
      }
      if (parameter.Default === undefined) {
        throw new Unsupported(`${where}: parameter ${logicalId} has no default`);
      }
      return parameter.Default;
    },
    getAtt(logicalId, name) {
      const resource = byStack.get(stack)?.get(logicalId);
      if (resource === undefined) {
        throw new Unsupported(`${where}: Fn::GetAtt ${logicalId}.${name} names nothing`);
      }
      return getAtt(resource, name);
    },
    importValue(name) {
      for (const other of assembly.stacks) {
        for (const output of Object.values(other.template.Outputs)) {
          if (output.Export === undefined) continue;
          const scope = scopeOf(other, `${other.name} outputs`);
          if (resolve(output.Export.Name, scope) === name) return resolve(output.Value, scope);
        }
      }
      throw new Unsupported(`${where}: no stack exports ${name}`);
    },
    condition: (name) => condition(stack, name),
    findInMap(map, top, second) {
      const value = stack.template.Mappings[map]?.[top]?.[second];
      if (value === undefined) {
        throw new Unsupported(`${where}: mapping ${map}.${top}.${second} is missing`);
      }
      return value;
    },
    availabilityZones: () => ['a', 'b', 'c'].map((zone) => `${stack.region}${zone}`),
    dynamic(reference) {
      const [service, ...rest] = reference.split(':');
      if (service !== 'secretsmanager') {
        throw new Unsupported(`${where}: {{resolve:${reference}}} has no local value`);
      }
      return places.secret(rest.join(':'));
    },
  });

  const condition = (stack: StackDocument, name: string): boolean => {
    const key = `${stack.artifactId} ${name}`;
    const known = conditions.get(key);
    if (known !== undefined) return known;
    const expression = stack.template.Conditions[name];
    if (expression === undefined) throw new Unsupported(`${stack.name}: no condition ${name}`);
    const value = truth(expression, scopeOf(stack, `${stack.name} condition ${name}`));
    conditions.set(key, value);
    return value;
  };

  const cache = new Map<Resource, Readonly<Record<string, unknown>>>();
  const properties = (resource: Resource): Readonly<Record<string, unknown>> => {
    const known = cache.get(resource);
    if (known !== undefined) return known;
    const scope = scopeOf(resource.stack, resource.where);
    const resolved: { [key: string]: unknown } = {};
    for (const [key, value] of Object.entries(resource.raw)) {
      const item = resolve(value, scope);
      if (item !== undefined) resolved[key] = item;
    }
    cache.set(resource, resolved);
    return resolved;
  };
  /** Only the one property, so that a name never waits for the rest to be resolvable. */
  const property = (resource: Resource, name: string): unknown =>
    resolve(resource.raw[name], scopeOf(resource.stack, resource.where));
  const view = (resource: Resource) => ({
    stack: resource.stack,
    logicalId: resource.logicalId,
    type: resource.type,
    where: resource.where,
    property: (name: string) => property(resource, name),
  });
  const ref = (resource: Resource): string => identity(view(resource), places);
  const getAtt = (resource: Resource, name: string): string =>
    attribute(view(resource), name, places);

  const unknown: string[] = [];
  for (const stack of assembly.stacks) {
    for (const [logicalId, body] of Object.entries(stack.template.Resources)) {
      const where = `${stack.name}/${logicalId}`;
      if (body.Condition !== undefined && !condition(stack, body.Condition)) continue;
      if (!Object.hasOwn(emulated, body.Type) && !Object.hasOwn(ignored, body.Type)) {
        unknown.push(`${body.Type} at ${where}`);
        continue;
      }
      const dependsOn =
        typeof body.DependsOn === 'string' ? [body.DependsOn] : (body.DependsOn ?? []);
      const resource = {
        stack,
        logicalId,
        type: body.Type,
        where,
        dependsOn,
        raw: body.Properties,
      };
      resources.push(resource);
      byStack.get(stack)?.set(logicalId, resource);
    }
  }
  if (unknown.length > 0) {
    throw new Unsupported(`the local cloud does not know ${unknown.join(', ')}`);
  }

  const types = new Map<string, Resource[]>();
  for (const resource of resources) {
    const of = types.get(resource.type);
    if (of === undefined) types.set(resource.type, [resource]);
    else of.push(resource);
  }

  return {
    assembly,
    resources,
    ofType: (type) => types.get(type) ?? [],
    properties,
    ref,
    getAtt,
    find: (from, logicalId) => byStack.get(from.stack)?.get(logicalId),
    needs(resource) {
      const ids = new Set(resource.dependsOn);
      mentioned(resource.raw, ids);
      const own = byStack.get(resource.stack);
      return [...ids].flatMap((id) => own?.get(id) ?? []);
    },
    outputs() {
      const all = new Map<string, unknown>();
      for (const stack of assembly.stacks) {
        for (const [name, output] of Object.entries(stack.template.Outputs)) {
          if (output.Condition !== undefined && !condition(stack, output.Condition)) continue;
          all.set(
            `${stack.name}.${name}`,
            resolve(output.Value, scopeOf(stack, `${stack.name} outputs`)),
          );
        }
      }
      return all;
    },
  };
}

/** Collects the logical ids that Ref, Fn::GetAtt and Fn::Sub mention anywhere in a value. */
function mentioned(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) mentioned(item, into);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'Ref' && typeof item === 'string') into.add(item);
    else if (key === 'Fn::GetAtt' && Array.isArray(item)) into.add(String(item[0]));
    else if (key === 'Fn::GetAtt' && typeof item === 'string') into.add(item.split('.')[0] ?? '');
    else if (key === 'Fn::Sub') {
      const template: unknown = Array.isArray(item) ? item[0] : item;
      for (const [, name] of String(template).matchAll(/\$\{([^!.}]+)[^}]*\}/g))
        into.add(name ?? '');
    }
    mentioned(item, into);
  }
}

function pseudoParameter(stack: StackDocument, name: string): string | undefined {
  switch (name) {
    case 'AWS::Region':
      return stack.region;
    case 'AWS::AccountId':
      return stack.account;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return stack.name;
    case 'AWS::StackId':
      return `arn:aws:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/local`;
    default:
      return undefined;
  }
}
