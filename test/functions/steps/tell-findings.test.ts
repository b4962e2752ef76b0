import { describe, expect, it, vi } from 'vitest';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { tellFindings } from '../../../functions/tell-findings/tell.ts';
import { captureLog, now, orderId, time } from './support.ts';

const log = captureLog();

const finding = (index: number) => ({ findingId: String(index), kind: 'step_failed', orderId });

function store(...pages: readonly number[]) {
  const left = [...pages];
  const markHeard = vi.fn(async () => undefined);
  const findingsToTell = vi.fn(async () => {
    const unheard = Array.from({ length: left.shift() ?? 0 }, (_, index) => finding(index));
    return { unheard, open: 7, oldestAge: 90 };
  });
  return { findingsToTell, markHeard };
}

describe('telling of findings', () => {
  it('says each one’s kind and order, and how many are open for how long', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const findings = store(2);
    await tellFindings({ findings }, time);
    expect(log.lines().filter(({ message }) => message === 'finding')).toMatchObject([
      { findingId: '0', kind: 'step_failed', orderId },
      { findingId: '1', kind: 'step_failed', orderId },
    ]);
    expect(counted.mock.calls).toEqual([
      ['FindingRecorded', 'Count', 2],
      ['FindingsOpen', 'Count', 7],
      ['FindingsOldestAge', 'Seconds', 90],
    ]);
    expect(findings.markHeard).toHaveBeenCalledExactlyOnceWith(['0', '1'], now);
  });

  it('speaks before it marks: a crash in between tells twice, and never not at all', async () => {
    const published = vi.spyOn(metrics, 'publishStoredMetrics');
    const findings = store(1);
    findings.markHeard.mockImplementation(async () => {
      expect(published).toHaveBeenCalled();
      throw new Error('gone');
    });
    await expect(tellFindings({ findings }, time)).rejects.toThrow('gone');
  });

  it('says every minute that it is there, and marks nothing where nothing is new', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const findings = store(0);
    await tellFindings({ findings }, time);
    expect(counted).toHaveBeenCalledWith('FindingRecorded', 'Count', 0);
    expect(findings.markHeard).not.toHaveBeenCalled();
  });

  it('goes on until all are told of, or the time is up', async () => {
    const all = store(200, 200, 1);
    await tellFindings({ findings: all }, time);
    expect(all.markHeard).toHaveBeenCalledTimes(3);
    const some = store(200, 200, 1);
    await tellFindings({ findings: some }, { now, remaining: () => 0 });
    expect(some.markHeard).toHaveBeenCalledTimes(1);
  });
});
