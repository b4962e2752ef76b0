import { isArray, isObject, type Json } from '../json.ts';

/** A task's parameters for a service whose own begin with a small letter. */
export function lowered(value: Json): Json {
  return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1));
}

/** A service's answer as an `aws-sdk:` task sees it: names begin with a capital, times are ISO 8601. */
export function raised(value: Json): Json {
  return renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1), moment);
}

/** Seconds under a name that says they are a time, as ISO 8601, without a fraction where there is none. */
export function moment(key: string, value: Json): string | undefined {
  if (typeof value !== 'number' || !/(?:Date|DateTime|Timestamp)$/i.test(key)) return undefined;
  return new Date(value * 1000).toISOString().replace('.000Z', 'Z');
}

function renamed(
  value: Json,
  name: (key: string) => string,
  shown: (key: string, value: Json) => Json | undefined = () => undefined,
): Json {
  if (isArray(value)) return value.map((one) => renamed(one, name, shown));
  if (!isObject(value)) return value;
  const made: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value))
    made[name(key)] = shown(key, one) ?? renamed(one, name, shown);
  return made;
}
