import { isObject, type Json, parseJson } from './json.ts';
import type { Run } from './run.ts';
import type { Thread } from './thread.ts';

/** The context object as the thread sees it now. */
export function contextOf(run: Run, thread: Thread): Json {
  const { record, revision } = run;
  const item = itemOf(run, thread);
  return {
    Execution: {
      Id: record.arn,
      Input: inputOf(run),
      StartTime: iso(record.startDate),
      Name: record.name,
      RoleArn: revision.roleArn,
      RedriveCount: record.redriveCount,
      ...(record.redriveDate === undefined ? {} : { RedriveTime: iso(record.redriveDate) }),
    },
    StateMachine: {
      Id: record.machineArn,
      Name: record.machineArn.split(':').at(-1) ?? '',
    },
    State: {
      Name: thread.state,
      EnteredTime: iso(thread.enteredAt),
      ...(retriable.has(run.stateOf(thread).Type) ? { RetryCount: thread.retryCount } : {}),
    },
    ...(thread.token === undefined ? {} : { Task: { Token: thread.token } }),
    ...(item === undefined ? {} : { Map: { Item: item } }),
  };
}

const retriable = new Set(['Task', 'Parallel', 'Map']);
const inputs = new WeakMap<Run, Json>();

function inputOf(run: Run): Json {
  let input = inputs.get(run);
  if (input === undefined) {
    input = parseJson(run.record.input);
    inputs.set(run, input);
  }
  return input;
}

function itemOf(run: Run, thread: Thread): Json | undefined {
  for (let at: Thread | undefined = thread; at !== undefined; at = run.parentOf(at))
    if (at.item !== undefined) return isObject(at.item) ? at.item : undefined;
  return undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
