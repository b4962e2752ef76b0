import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { apiOperations } from '../../domain/api/api.ts';
import { openApi, renderOpenApi } from '../../infra/catalogue/openapi.ts';
import { routes } from '../../infra/routes.ts';

const operations = Object.values(apiOperations).flat();

it('docs/openapi.json is made of the schemas the handlers parse with (node bin/node24.mjs infra/catalogue/render.ts)', () => {
  const { file, text } = renderOpenApi();
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('describes every route of the API and no other', () => {
  const described = operations
    .filter(({ path }) => path !== '/health')
    .map(({ method, path, groups }) => `${method} ${path} ${groups.length > 0 ? 'token' : 'open'}`);
  const deployed = routes.map(({ method, path, access }) => `${method} ${path} ${access}`);
  expect(described.sort()).toEqual(deployed.sort());
});

it('names every parameter of a path, and each operation once', () => {
  for (const { path, parameters } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(parameters ?? {}).sort(), path).toEqual(inPath.sort());
  }
  const ids = operations.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('says of every signed-in call who may make it, and of every refusal which', () => {
  const callSchema = z.object({
    security: z.array(z.unknown()).optional(),
    responses: z.record(z.string(), z.object({ description: z.string().min(1) })),
  });
  const described = z
    .object({ paths: z.record(z.string(), z.record(z.string(), callSchema)) })
    .parse(openApi());
  for (const { path, method, groups } of operations) {
    const call = described.paths[path]?.[method.toLowerCase()];
    expect(call?.security !== undefined, path).toBe(groups.length > 0);
    if (groups.length > 0) expect(Object.keys(call?.responses ?? {})).toContain('403');
  }
});
