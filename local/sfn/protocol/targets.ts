import type { Target } from './common.ts';
import { executionTargets } from './executions.ts';
import { machineTargets } from './machines.ts';
import { tagTargets } from './tags.ts';
import { taskTargets } from './tasks.ts';
import { testTargets } from './test-state.ts';
import { versionTargets } from './versions.ts';

/** The operations by name. The wire has seconds where the engine has milliseconds. */
export const targets: Readonly<Record<string, Target>> = {
  ...machineTargets,
  ...executionTargets,
  ...versionTargets,
  ...tagTargets,
  ...taskTargets,
  ...testTargets,
};
