import { describe, expect, it } from 'vitest';
import {
  executionName,
  generationSchema,
  orderIdSchema,
  runSchema,
} from '../../domain/shared/ids.ts';

describe('names made of ids', () => {
  it('stays within the 80 characters of an execution’s name, whatever the generation and run', () => {
    const orderId = orderIdSchema.parse('0199f0a0-0000-7000-8000-000000000001');
    const name = executionName(orderId, generationSchema.parse(1000), runSchema.parse(1000));
    expect(generationSchema.safeParse(1001).success).toBe(false);
    expect(runSchema.safeParse(1001).success).toBe(false);
    expect(name).toBe(`${orderId}.1000.1000`);
    expect(name.length).toBeLessThanOrEqual(80);
  });

  it.each(['0199F0A0-0000-7000-8000-000000000001', '0199f0a0', '', "' or 1=1"])(
    'does not take %o for an order id',
    (text) => {
      expect(orderIdSchema.safeParse(text).success).toBe(false);
    },
  );
});
