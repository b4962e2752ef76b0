import { isArray, isObject, type Json } from '../json.ts';

/** A task's parameters for a service whose own begin with a small letter. */
export function lowered(value: Json): Json {
  return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1));
}

/** A service's answer as an `aws-sdk:` task sees it: names begin with a capital, times are ISO 8601. */
export function raised(value: Json): Json {
  return renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1), true);
}

function renamed(value: Json, name: (key: string) => string, times = false): Json {
  if (isArray(value)) return value.map((one) => renamed(one, name, times));
  if (!isObject(value)) return value;
  const made: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value))
    made[name(key)] =
      times && typeof one === 'number' && isTime(key)
        ? new Date(one * 1000).toISOString()
        : renamed(one, name, times);
  return made;
}

function isTime(key: string): boolean {
  return /(?:Date|DateTime|Timestamp)$/i.test(key);
}
