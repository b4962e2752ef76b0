import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { breakages } from '../../infra/catalogue/compatible.ts';
import { eventContracts, jsonSchemaOf } from '../../infra/catalogue/events.ts';
import { brokenPromises, renderCatalogue, renderSchema } from '../../infra/catalogue/render.ts';

describe.each(eventContracts)('$name', (contract) => {
  it('keeps what its committed schema promised', () => {
    expect(brokenPromises(contract)).toEqual([]);
  });

  it('is what stands in docs/events (node bin/node24.mjs infra/catalogue/render.ts)', () => {
    const { file, text } = renderSchema(contract);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('has an example that is one, and a meaning for every type', () => {
    expect(() => contract.schema.parse(contract.example)).not.toThrow();
    const { properties } = z
      .object({ properties: z.object({ type: z.object({ enum: z.array(z.string()) }) }) })
      .parse(jsonSchemaOf(contract));
    expect(Object.keys(contract.meanings).sort()).toEqual([...properties.type.enum].sort());
  });
});

it('docs/events.md is the catalogue', () => {
  const { file, text } = renderCatalogue();
  expect(readFileSync(file, 'utf8')).toBe(text);
});

const base = {
  id: z.uuid(),
  status: z.enum(['open', 'closed']),
  lines: z.array(z.strictObject({ sku: z.string().max(40), quantity: z.int().min(1) })),
  note: z.string().nullable(),
};
const changed = (shape: z.core.$ZodShape) =>
  breakages(z.toJSONSchema(z.strictObject(base)), z.toJSONSchema(z.strictObject(shape)));
const line = base.lines.element.shape;

describe('a version may', () => {
  it.each([
    ['stay as it is', base],
    ['get a further optional member', { ...base, at: z.string().optional() }],
    ['get a further value', { ...base, status: z.enum(['open', 'closed', 'lost']) }],
    [
      'get an optional member further down',
      { ...base, lines: z.array(z.strictObject({ ...line, name: z.string().optional() })) },
    ],
  ])('%s', (_, shape) => {
    expect(changed(shape)).toEqual([]);
  });
});

describe('a version may not', () => {
  const { note: _, ...without } = base;
  it.each([
    ['lose a member', without, '#/note was removed'],
    [
      'get a required member, which archived events lack',
      { ...base, at: z.string() },
      '#/at is now required',
    ],
    [
      'make a member optional',
      { ...base, status: base.status.optional() },
      '#/status may now be absent',
    ],
    ['lose a value', { ...base, status: z.enum(['open']) }, '#/status lost closed'],
    ['change a type', { ...base, id: z.int() }, '#/id changed its type'],
    ['stop being nullable', { ...base, note: z.string() }, '#/note changed its type'],
    [
      'narrow a limit further down',
      { ...base, lines: z.array(z.strictObject({ ...line, quantity: z.int().min(2) })) },
      '#/lines/items/quantity changed its minimum',
    ],
    [
      'lose a member further down',
      { ...base, lines: z.array(z.strictObject({ sku: line.sku })) },
      '#/lines/items/quantity was removed',
    ],
    ['let anything in', { ...base, status: z.string() }, '#/status changed its kind of values'],
  ])('%s', (_, shape, place) => {
    expect(changed(shape)).toContain(place);
  });
});
