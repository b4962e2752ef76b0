import { Cron } from 'croner';

/** When something runs: `next(after)` is the first time later than `after`, epoch ms. */
export type Schedule =
  | { readonly kind: 'rate'; readonly every: number }
  | { readonly kind: 'cron'; readonly next: (after: number) => number | undefined }
  | { readonly kind: 'at'; readonly at: number };

const units: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * Reads `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)` and `at(2026-12-24T18:00:00)`.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 * @param timezone IANA name, for cron and at
 * @throws Error for anything else
 */
export function parseSchedule(expression: string, timezone = 'UTC'): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate !== null) {
    const every = Number(rate[1]) * (units[rate[2] ?? ''] ?? 0);
    if (every === 0) throw new Error(`${expression}: a rate is at least 1`);
    return { kind: 'rate', every };
  }
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression);
  if (at?.[1] !== undefined) {
    const once = new Cron(at[1], { timezone, paused: true }).nextRun(new Date(0));
    if (once === null) throw new Error(`${expression}: no such time`);
    return { kind: 'at', at: once.getTime() };
  }
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (cron?.[1] === undefined) throw new Error(`${expression}: not a rate, cron or at expression`);
  const job = new Cron(toCroner(cron[1], expression), { timezone, paused: true });
  return {
    kind: 'cron',
    next: (after) => job.nextRun(new Date(after))?.getTime(),
  };
}

/** The last minute, hour, day, month, weekday and year there is. */
const lasts = [59, 23, 31, 12, 6, 2199];

/** AWS's `10/15` is every fifteenth from the tenth on; croner wants its end said. */
function fromStart(field: string, last: number): string {
  return field.replaceAll(/(?<=^|,)(\d+)\/(\d+)/g, `$1-${last}/$2`);
}

/** AWS: minutes hours day-of-month month day-of-week year, with Sunday as 1. Croner: seconds first, Sunday 0. */
function toCroner(fields: string, expression: string): string {
  const parts = fields.trim().split(/\s+/);
  const [minute, hour, day, month, weekday, year] = parts;
  if (parts.length !== 6 || day === undefined || weekday === undefined) {
    throw new Error(`${expression}: cron takes six fields`);
  }
  if ((day === '?') === (weekday === '?')) {
    throw new Error(`${expression}: exactly one of day-of-month and day-of-week is ?`);
  }
  const any = (field: string): string => (field === '?' ? '*' : field);
  const named = [minute, hour, any(day), month, any(fromAwsWeekday(weekday)), year];
  return ['0', ...named.map((field = '', at) => fromStart(field, lasts[at] ?? 0))].join(' ');
}

function fromAwsWeekday(field: string): string {
  // "L" alone is Saturday; "6L" the month's last Friday; "3#2" its second Tuesday; "/2" is a step, not a day.
  if (field === 'L') return '6';
  return field.replaceAll(/(?<![\d/#])(\d)(?=$|[-,/#L])/g, (digit) => String(Number(digit) - 1));
}
