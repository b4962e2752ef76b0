import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { kassaApp } from '../../infra/app.ts';
import { buildStubs } from '../../infra/build.ts';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resourceSchema) });

export interface Resource {
  /** `stack/LogicalId`. */
  readonly where: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
}

export interface Assembly {
  readonly resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** Every template's text, by file. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Synthesizes one stage over stub bundles. */
export async function synthesize(
  stage: string,
  options: { readonly validate?: boolean } = {},
): Promise<Assembly> {
  const folder = mkdtempSync(join(tmpdir(), 'kassa-assembly-'));
  try {
    const code = join(folder, 'code');
    await buildStubs(code);
    const outdir = join(folder, 'out');
    kassaApp({ stages: [stage], code, outdir, ...options }).synth();
    const assembly = join(outdir, `assembly-${stage}`);
    const texts = new Map(
      readdirSync(assembly)
        .filter((file) => file.endsWith('.template.json'))
        .sort()
        .map((file) => [file, readFileSync(join(assembly, file), 'utf8')]),
    );
    const resources = [...texts].flatMap(([file, text]) => {
      const stack = file.replace(
        /^.*kassa[a-z0-9]*?(database|storage|events|identity|workflows|relays|api|monitoring).*$/,
        '$1',
      );
      return Object.entries(templateSchema.parse(JSON.parse(text)).Resources).map(
        ([logicalId, resource]) => ({
          where: `${stack}/${logicalId}`,
          stack,
          logicalId,
          type: resource.Type,
          properties: resource.Properties,
          deletionPolicy: resource.DeletionPolicy,
        }),
      );
    });
    return {
      resources,
      texts,
      ofType: (type) => resources.filter((resource) => resource.type === type),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every string in a value, however deep. */
export function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(strings);
  return [];
}
