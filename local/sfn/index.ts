/**
 * A Step Functions engine: ASL in, executions out, on a clock and a store of the caller's choice. It knows the Amazon
 * States Language and the wire protocol, and nothing of whoever uses it; tests of single machines start at
 * `testing/index.ts`.
 *
 * `createEngine` opens an engine (on a file: where it stood when the last one was closed or killed); `serve` puts it on
 * a loopback port for the AWS CLI and SDKs. Times are milliseconds since the epoch.
 */
export { createEngine, type Engine } from './engine.ts';
/** `ServiceError` is what a caller did wrong, by the API's code; `StateError` what went wrong inside an execution. */
export { ServiceError, StateError } from './errors.ts';
export type { HistoryEvent } from './history.ts';
export { servicesOver } from './integrations/aws-json.ts';
/** How tasks reach the world: given to `createEngine`. */
export type {
  Call,
  CallOptions,
  Integrations,
  LambdaAnswer,
} from './integrations/integrations.ts';
export { serve } from './protocol/server.ts';
export type { GivenSettings, Settings } from './settings.ts';
/** One state by itself: what it is tried with, and what came of it. */
export type { Tested, TestState } from './trial/trial.ts';
export type {
  CreateMachine,
  EngineOptions,
  Final,
  MachineDescription,
  StartExecution,
  SyncResult,
  UpdateMachine,
} from './types.ts';
export type { CreateAlias, Routing } from './versions.ts';
