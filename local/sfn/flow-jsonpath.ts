import { ErrorName, StateError } from './errors.ts';
import type { Flow } from './flow.ts';

function unsupported(): never {
  throw new StateError(ErrorName.runtime, 'JSONPath states are not supported yet');
}

export const jsonpathFlow: Flow = {
  arguments: unsupported,
  result: unsupported,
  through: unsupported,
  pass: unsupported,
  caught: unsupported,
  number: unsupported,
  text: unsupported,
  items: unsupported,
  selector: unsupported,
  fill: unsupported,
  choose: unsupported,
};
