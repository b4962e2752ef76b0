/** For each status the statuses it may become. The write that changes a status repeats the condition. */
export type Transitions<Status extends string> = { readonly [From in Status]: readonly Status[] };

export function canBecome<Status extends string>(
  table: Transitions<Status>,
  from: Status,
  to: Status,
): boolean {
  return table[from].includes(to);
}

/** The statuses from which `to` may be reached: what stands in the conditional write. */
export function allowedPrior<Status extends string>(
  table: Transitions<Status>,
  to: Status,
  statuses: readonly Status[],
): readonly Status[] {
  return statuses.filter((from) => canBecome(table, from, to));
}
