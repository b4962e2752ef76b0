/** A Step Functions engine: ASL in, executions out, on a clock and a store of the caller's choice. */
export { createEngine, type Engine } from './engine.ts';
export { ServiceError, StateError } from './errors.ts';
export type { HistoryEvent } from './history.ts';
export type {
  Call,
  CallOptions,
  Integrations,
  LambdaAnswer,
} from './integrations/integrations.ts';
export { serve } from './protocol/server.ts';
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
