import { afterEach } from 'vitest';
import * as z from 'zod';
import { type Integrations, serve } from '../../../local/sfn/index.ts';
import { type Bench, bench, role } from './harness.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Asking extends Bench {
  /** What comes back over the wire, byte for byte: the status beside the body. */
  ask(operation: string, body: object): Promise<Body>;
  /** Creates a machine. @returns its ARN */
  create(name: string, definition: object, more?: object): Promise<string>;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** An engine behind its wire protocol, asked without any SDK's help. */
export async function asking(integrations: Integrations = {}): Promise<Asking> {
  const made = bench(integrations);
  const served = await serve(made.engine);
  open.push(() => served.close());
  const ask = async (operation: string, body: object) => {
    const answer = await fetch(served.url, {
      method: 'POST',
      headers: { 'x-amz-target': `AWSStepFunctions.${operation}` },
      body: JSON.stringify(body),
    });
    const told = z.record(z.string(), z.unknown()).parse(await answer.json());
    return answer.status === 200 ? told : { status: answer.status, ...told };
  };
  const create = async (name: string, definition: object, more: object = {}) => {
    const text = JSON.stringify(definition);
    const made = await ask('CreateStateMachine', {
      ...{ name, definition: text, roleArn: role },
      ...more,
    });
    return z.string().parse(made['stateMachineArn']);
  };
  return { ...made, ask, create };
}
