import type { Area } from '../case.ts';
import { acceptedArea } from './accepted.ts';
import { choiceArea } from './choice.ts';
import { errorArea } from './errors.ts';
import { historyArea } from './history.ts';
import { integrationArea } from './integrations.ts';
import { intrinsicArea } from './intrinsics.ts';
import { jsonataArea } from './jsonata.ts';
import { jsonpathArea } from './jsonpath.ts';
import { mapArea } from './map.ts';
import { parallelArea } from './parallel.ts';
import { stateArea } from './states.ts';
import { taskArea } from './tasks.ts';
import { validationArea } from './validation.ts';
import { variableArea } from './variables.ts';
import { waitArea } from './wait.ts';

export const areas: readonly Area[] = [
  stateArea,
  jsonpathArea,
  intrinsicArea,
  jsonataArea,
  variableArea,
  choiceArea,
  waitArea,
  taskArea,
  errorArea,
  parallelArea,
  mapArea,
  integrationArea,
  historyArea,
  acceptedArea,
  validationArea,
];
