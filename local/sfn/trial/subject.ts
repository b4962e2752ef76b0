import { readDefinition, type State } from '../definition.ts';
import { Faults, InvalidDefinition } from '../diagnostics.ts';
import { ServiceError } from '../errors.ts';
import type { Integrations } from '../integrations/integrations.ts';
import { parseJson } from '../json.ts';
import { jsonFault } from '../json-faults.ts';
import { inspectState, validDefinition } from '../validate.ts';

/** A state that is given without a name has this one. */
const unnamed = 'StateName';

/**
 * The state that is to be tried: the definition itself, or one out of the machine it defines.
 * @throws ServiceError InvalidDefinition, ValidationException
 */
export function subjectOf(
  definition: string,
  stateName: string | undefined,
  integrations: Integrations,
): State {
  if (stateName === undefined) return alone(definition, integrations);
  for (const scope of validDefinition(definition, integrations, 'STANDARD').scopes.values()) {
    const state = scope.states.get(stateName);
    if (state !== undefined) return state;
  }
  throw new ServiceError('ValidationException', 'State not found in definition');
}

function alone(definition: string, integrations: Integrations): State {
  const faults = new Faults();
  if (!isJson(definition)) {
    const { message, location } = jsonFault(definition);
    faults.add('INVALID_JSON_DESCRIPTION', message, location);
  }
  faults.check();
  const machine = `{"StartAt":"${unnamed}","States":{"${unnamed}":${definition}}}`;
  const scopes = readDefinition(machine, faults, (state) =>
    inspectState(state, integrations, 'STANDARD', faults),
  ).scopes;
  checkOwn(faults);
  const state = scopes.get('')?.states.get(unnamed);
  if (state === undefined) throw new Error('a state without a fault was not read');
  return state;
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

/** Places are told from the state on. */
function checkOwn(faults: Faults): void {
  try {
    faults.check();
  } catch (thrown) {
    if (!(thrown instanceof InvalidDefinition)) throw thrown;
    const around = `/States/${unnamed}`;
    throw new InvalidDefinition(
      thrown.diagnostics.map((one) => ({
        ...one,
        location: one.location?.startsWith(around)
          ? one.location.slice(around.length) || '/'
          : one.location,
      })),
    );
  }
}
