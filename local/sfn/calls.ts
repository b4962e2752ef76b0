import type { Engine } from './engine.ts';
import { stateError } from './errors.ts';
import type { CallOptions, Integrations } from './integrations/integrations.ts';
import { Invocation } from './integrations/lambda.ts';
import type { Exchange } from './integrations/metadata.ts';
import { type Pending, settling } from './integrations/pending.ts';
import { callOf, callService } from './integrations/service.ts';
import { callEngine } from './integrations/sfn.ts';
import { abandoned, childResult, startChild } from './integrations/states.ts';
import type { Json } from './json.ts';
import type { Answer } from './messages.ts';
import { type Resource, resourceOf } from './resource.ts';
import type { TaskCall } from './task-call.ts';
import type { TaskActivity } from './thread.ts';

/** The calls tasks have under way. Their answers go back to the run as messages. */
export class Calls {
  inFlight = 0;
  private readonly engine: Engine;
  private readonly integrations: Integrations;
  /** The request of a call whose id and time nobody has asked for yet. */
  private readonly late: Exchange;
  private readonly settled: () => void;
  private closed = false;
  /** What a connected service answered to a task that waits for more: there is no child to wait for. */
  private readonly connected = new WeakMap<TaskActivity, Json>();

  constructor(
    engine: Engine,
    integrations: Integrations,
    request: { readonly newId: () => string; readonly now: () => number },
    settled: () => void,
  ) {
    this.engine = engine;
    this.integrations = integrations;
    this.late = {
      get requestId() {
        return request.newId();
      },
      get at() {
        return request.now();
      },
    };
    this.settled = settled;
  }

  /** Answers that come later are dropped: whoever opens the store again makes the calls again. */
  close(): void {
    this.closed = true;
  }

  make(call: TaskCall): void {
    if (this.closed) return;
    this.inFlight += 1;
    try {
      const { activity } = call;
      const resource = resourceOf(activity.resource);
      if (resource === undefined) throw new Error(`unknown resource ${activity.resource}`);
      const integrations = this.reached(call, resource);
      if (isInvocation(integrations, resource)) {
        // A function's own ARN shows the request's id only where the call is refused.
        const exchange = resource.direct ? this.late : this.exchange();
        const { arguments: input } = activity;
        this.follow(call, new Invocation(integrations, resource, input, call, exchange));
      } else this.follow(call, settling(this.perform(call, resource, integrations)));
    } catch (thrown) {
      this.follow(call, settling(Promise.reject(thrown)));
    }
  }

  private follow<T>(call: TaskCall, pending: Pending<T>): void {
    pending.answer.then(
      (value) => this.settle(call, pending, value),
      (thrown: unknown) => this.answered(call, { ok: false, error: pending.refusal(thrown) }),
    );
  }

  private settle<T>(call: TaskCall, pending: Pending<T>, value: T): void {
    let answer: Answer;
    try {
      answer = { ok: true, value: pending.read(value) };
    } catch (thrown) {
      answer = { ok: false, error: stateError(thrown) };
    }
    this.answered(call, answer);
  }

  private answered({ run, thread, activity }: TaskCall, answer: Answer): void {
    this.inFlight -= 1;
    if (!this.closed) run.post({ kind: 'settled', thread: thread.id, activity, answer });
    this.settled();
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
    const giveUp = (): void => {
      if (!this.closed) void this.engine.stop(child, undefined, abandoned(run.record.arn));
    };
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp);
    const parsed = resourceOf(activity.resource)?.pattern === 'sync:2';
    void this.childAnswer(child, parsed).then((answer) => {
      signal.removeEventListener('abort', giveUp);
      run.post({ kind: 'callback', thread: thread.id, activity, answer });
    });
  }

  /** Once it has ended. One that is no more, its history deleted since, fails its task. */
  private async childAnswer(child: string, parsed: boolean): Promise<Answer> {
    try {
      await this.engine.waitFor(child);
      const record = this.engine.describeExecution(child);
      const value = childResult(record, parsed, this.engine.redriveRefusal(record));
      return { ok: true, value };
    } catch (thrown) {
      return { ok: false, error: stateError(thrown) };
    }
  }

  private exchange(): Exchange {
    return { requestId: this.late.requestId, at: this.late.at };
  }

  private reached({ thread, activity }: TaskCall, { pattern }: Resource): Integrations {
    const token = pattern === 'token' ? activity.token : undefined;
    const own = this.integrations.inState?.(thread.state, token, activity.arguments);
    return own ?? this.integrations;
  }

  private perform(call: TaskCall, resource: Resource, integrations: Integrations): Promise<Json> {
    const { activity } = call;
    const { arguments: input, attempt } = activity;
    const called = this.request({ resource, input, attempt, options: call }, integrations);
    if (resource.pattern === 'request' || callOf(integrations, resource) === undefined)
      return called;
    return called.then((answer) => {
      this.connected.set(activity, answer);
      return answer;
    });
  }

  /** A request of no execution's task. @returns what the service answers at once @throws StateError */
  async ask(request: Request): Promise<Json> {
    const { integrations } = this;
    const { resource, input, options } = request;
    if (!isInvocation(integrations, resource)) return this.request(request, integrations);
    const called = new Invocation(integrations, resource, input, options, this.exchange());
    const answer = await called.answer.catch((thrown: unknown) => {
      throw called.refusal(thrown);
    });
    return called.read(answer);
  }

  private request(request: Request, integrations: Integrations): Promise<Json> {
    const { resource, input, attempt, options } = request;
    const exchange = this.exchange();
    if (callOf(integrations, resource) === undefined) {
      if (resource.type === 'states' && resource.action === 'startExecution')
        return startChild(this.engine, input, attempt, exchange);
      if (resource.type === 'aws-sdk:sfn')
        return callEngine(this.engine, resource, input, exchange);
    }
    return callService(integrations, resource, input, options, exchange);
  }
}

interface Request {
  readonly resource: Resource;
  readonly input: Json;
  /** Names the child a request starts. */
  readonly attempt: string;
  readonly options: CallOptions;
}

function isInvocation(integrations: Integrations, resource: Resource): boolean {
  if (resource.type === 'lambda') return resource.action === 'invoke';
  return resource.type === 'aws-sdk:lambda' && callOf(integrations, resource) === undefined;
}
