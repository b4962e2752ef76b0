import { describe, expect, it } from 'vitest';
import { apiKeySchema, isGood, isWished } from '../../domain/access/api-key.ts';
import { partnerIdSchema, partnerSubject } from '../../domain/access/partner.ts';
import { planNameSchema, plans, usageKey } from '../../domain/access/plans.ts';
import { permits, scopes } from '../../domain/access/scopes.ts';
import { apiOperations } from '../../domain/api/api.ts';

const key = apiKeySchema.parse({
  keyId: '0123456789abcdef0123',
  hash: 'a'.repeat(64),
  partner: 'acme',
  plan: 'standard',
  slot: 1,
  scopes: ['orders:read', 'orders:write'],
  note: '',
  createdAt: '2026-11-02T10:00:00.000Z',
  createdBy: 'otto',
  expiresAt: null,
  revokedAt: null,
  revokedBy: null,
});

describe('who may make a call', () => {
  const forCustomers = { groups: ['customer'], scope: 'orders:read' } as const;
  const closedToKeys = { groups: ['customer'] } as const;
  it.each([
    ['somebody of its group', { groups: ['customer'], scopes: [] }, forCustomers, true],
    ['a key with its scope', { groups: [], scopes: ['orders:read'] }, forCustomers, true],
    ['a key with another scope', { groups: [], scopes: ['orders:write'] }, forCustomers, false],
    ['somebody of another group', { groups: ['courier'], scopes: [] }, forCustomers, false],
    ['any key, where the call names no scope', { groups: [], scopes }, closedToKeys, false],
    ['nobody in particular', { groups: [], scopes: [] }, forCustomers, false],
  ] as const)('%s', (_, rights, call, allowed) => {
    expect(permits(rights, call)).toBe(allowed);
  });

  it('keys reach what customers may do, and nothing of the staff’s', () => {
    const open = Object.values(apiOperations)
      .flat()
      .filter((operation) => permits({ groups: [], scopes }, operation));
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /orders',
      'GET /orders/{orderId}',
      'GET /orders/{orderId}/timeline',
      'POST /orders',
      'POST /orders/{orderId}/cancel',
    ]);
    for (const { groups, path } of open) expect(groups, path).toContain('customer');
    expect(new Set(open.map(({ scope }) => scope))).toEqual(new Set(scopes));
  });
});

describe('a key', () => {
  const at = (time: string) => new Date(`2026-11-02T${time}Z`);
  it('is good until it expires, to the millisecond, or is revoked', () => {
    const ending = { expiresAt: '2026-11-02T12:00:00.000Z', revokedAt: null };
    expect(isGood(key, at('12:00:00.000'))).toBe(true);
    expect(isGood(ending, at('11:59:59.999'))).toBe(true);
    expect(isGood(ending, at('12:00:00.000'))).toBe(false);
    expect(isGood({ ...key, revokedAt: '2026-11-02T11:00:00.000Z' }, at('11:00:00.000'))).toBe(
      false,
    );
  });

  it('is what was asked for, whatever the order of its scopes', () => {
    expect(isWished(key, { ...key, scopes: ['orders:write', 'orders:read'] })).toBe(true);
    expect(isWished(key, { ...key, scopes: ['orders:read'] })).toBe(false);
    expect(isWished(key, { ...key, plan: 'plus' })).toBe(false);
    expect(isWished(key, { ...key, partner: partnerIdSchema.parse('other') })).toBe(false);
    expect(isWished(key, { ...key, expiresAt: '2027-01-01T00:00:00.000Z' })).toBe(false);
    expect(isWished(key, { ...key, note: 'the new shop' })).toBe(false);
  });
});

it('a third party is one customer, whose name no token’s subject can be', () => {
  expect(partnerSubject(partnerIdSchema.parse('acme'))).toBe('partner:acme');
  for (const wrong of ['a', 'Acme', 'ac me', 'ac:me', '-acme', 'acme-', '1acme', '']) {
    expect(partnerIdSchema.safeParse(wrong).success, wrong).toBe(false);
  }
});

describe('the gateway’s keys', () => {
  it('are what API Gateway takes: 20 to 128 letters and digits', () => {
    const longest = usageKey(`branch-${'a-'.repeat(10)}b`, { plan: 'standard', slot: 5000 });
    for (const value of [usageKey('prod', { plan: 'people' }), longest]) {
      expect(value).toMatch(/^[A-Za-z0-9]{20,128}$/);
    }
  });

  it('are one for each place of each stage', () => {
    const stages = ['prod', 'staging', 'branch-a-b', 'branch-ab', 'branch-1', 'branch-11'];
    const values = stages.flatMap((stage) => [
      usageKey(stage, { plan: 'people' }),
      ...planNameSchema.options.flatMap((plan) =>
        Array.from({ length: 12 }, (_, index) => usageKey(stage, { plan, slot: index + 1 })),
      ),
    ]);
    expect(new Set(values).size).toBe(values.length);
  });

  it('every plan has a name that can be asked for', () => {
    expect(Object.keys(plans).sort()).toEqual([...planNameSchema.options].sort());
  });
});
