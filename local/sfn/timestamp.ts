const form =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-8]):[0-5]\d)$/;

/**
 * The milliseconds of a timestamp in the States Language's profile of RFC 3339 (capital T and Z, an offset that is
 * never left out), or undefined where the text is none: also where its month has no such day.
 */
export function timeOf(text: string): number | undefined {
  const [, year, month, day] = form.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  return Date.parse(text);
}
