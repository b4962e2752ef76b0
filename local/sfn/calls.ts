import type { Clock } from '../clock.ts';
import type { Engine } from './engine.ts';
import { stateError } from './errors.ts';
import type { Integrations } from './integrations/integrations.ts';
import { invokeBySdk, invokeLambda } from './integrations/lambda.ts';
import type { Exchange } from './integrations/metadata.ts';
import { callOf, callService } from './integrations/service.ts';
import { callEngine } from './integrations/sfn.ts';
import { abandoned, childResult, startChild } from './integrations/states.ts';
import type { Json } from './json.ts';
import type { Answer } from './messages.ts';
import { resourceOf } from './resource.ts';
import type { TaskCall } from './task-call.ts';
import type { TaskActivity } from './thread.ts';

/** The calls tasks have under way. Their answers go back to the run as messages. */
export class Calls {
  inFlight = 0;
  private readonly engine: Engine;
  private readonly integrations: Integrations;
  private readonly newId: () => string;
  private readonly settled: () => void;
  private closed = false;
  /** What a connected service answered to a task that waits for more: there is no child to wait for. */
  private readonly connected = new WeakMap<TaskActivity, Json>();

  constructor(
    engine: Engine,
    integrations: Integrations,
    newId: () => string,
    settled: () => void,
  ) {
    this.engine = engine;
    this.integrations = integrations;
    this.newId = newId;
    this.settled = settled;
  }

  /** Answers that come later are dropped: whoever opens the store again makes the calls again. */
  close(): void {
    this.closed = true;
  }

  make(call: TaskCall): void {
    if (this.closed) return;
    this.inFlight += 1;
    const settle = (answer: Answer): void => {
      const { run, thread, activity } = call;
      this.inFlight -= 1;
      if (!this.closed) run.post({ kind: 'settled', thread: thread.id, activity, answer });
      this.settled();
    };
    this.begun(call).then(
      (value) => settle({ ok: true, value }),
      (thrown: unknown) => settle({ ok: false, error: stateError(thrown) }),
    );
  }

  /** Answers once the execution that a `.sync` task started has ended. */
  awaitChild({ run, thread, activity, signal }: TaskCall): void {
    const value = this.connected.get(activity);
    if (value !== undefined) {
      const answer: Answer = { ok: true, value };
      run.post({ kind: 'callback', thread: thread.id, activity, answer });
      return;
    }
    const child = activity.child ?? '';
    // A task that is given up takes its child with it, as AWS does.
    signal.addEventListener('abort', () => {
      if (!this.closed) void this.engine.stop(child, undefined, abandoned(run.record.arn));
    });
    const parsed = resourceOf(activity.resource)?.pattern === 'sync:2';
    void this.engine.waitFor(child).then(() => {
      const answer = this.childAnswer(child, parsed);
      run.post({ kind: 'callback', thread: thread.id, activity, answer });
    });
  }

  private childAnswer(child: string, parsed: boolean): Answer {
    try {
      const record = this.engine.describeExecution(child);
      const value = childResult(record, parsed, this.engine.redriveRefusal(record));
      return { ok: true, value };
    } catch (thrown) {
      return { ok: false, error: stateError(thrown) };
    }
  }

  private begun(call: TaskCall): Promise<Json> {
    try {
      return this.perform(call);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  private perform(call: TaskCall): Promise<Json> {
    const { run, thread, activity } = call;
    const resource = resourceOf(activity.resource);
    if (resource === undefined) throw new Error(`unknown resource ${activity.resource}`);
    const { arguments: input } = activity;
    const { engine } = this;
    const token = resource.pattern === 'token' ? activity.token : undefined;
    const integrations =
      this.integrations.inState?.(thread.state, token, input) ?? this.integrations;
    // A function's own ARN shows the request's id only where the call is refused.
    const exchange = resource.direct
      ? new LateExchange(this.newId, run.host.clock)
      : { requestId: this.newId(), at: run.host.clock.now() };
    if (resource.type === 'lambda' && resource.action === 'invoke')
      return invokeLambda(integrations, resource, input, call, exchange);
    const own = callOf(integrations, resource) === undefined;
    if (own && resource.type === 'states' && resource.action === 'startExecution')
      return startChild(engine, input, activity.attempt, exchange);
    if (own) {
      if (resource.type === 'aws-sdk:lambda')
        return invokeBySdk(integrations, resource, input, call, exchange);
      if (resource.type === 'aws-sdk:sfn') return callEngine(engine, resource, input, exchange);
    }
    const called = callService(integrations, resource, input, call, exchange);
    if (resource.pattern === 'request') return called;
    return called.then((answer) => {
      this.connected.set(activity, answer);
      return answer;
    });
  }
}

/** Made once it is asked for. */
class LateExchange implements Exchange {
  private readonly newId: () => string;
  private readonly clock: Clock;

  constructor(newId: () => string, clock: Clock) {
    this.newId = newId;
    this.clock = clock;
  }

  get requestId(): string {
    return this.newId();
  }

  get at(): number {
    return this.clock.now();
  }
}
