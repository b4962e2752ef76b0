import * as z from 'zod';
import { apiOperations } from '../../domain/api/api.ts';
import type { Operation } from '../../domain/api/operation.ts';
import { idempotencyKeySchema } from '../../domain/orders/checkout.ts';
import { type ProblemCode, problems } from '../../domain/shared/problems.ts';
import { retention } from '../../domain/shared/retention.ts';
import { docsDirectory, type Rendered } from './docs.ts';

type Json = Readonly<Record<string, unknown>>;

/** The API's description: https://spec.openapis.org/oas/v3.1.1.html, whose schemas are JSON Schemas as zod makes them. */
export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [tag, operations] of Object.entries(apiOperations)) {
    for (const operation of operations) {
      const path = paths[operation.path] ?? {};
      path[operation.method.toLowerCase()] = describe(tag, operation);
      paths[operation.path] = path;
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Kassa',
      version: '1',
      description:
        'Amounts are integers in minor units. Refusals are problem details (RFC 9457); docs/errors lists them.',
    },
    servers: [{ url: '/v1' }],
    tags: Object.keys(apiOperations).map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'kassa_…',
          description: 'A third party’s key, which has the scopes named at each call.',
        },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

export function renderOpenApi(): Rendered {
  return {
    file: `${docsDirectory}/openapi.json`,
    text: `${JSON.stringify(openApi(), null, 2)}\n`,
  };
}

function describe(tag: string, operation: Operation): Json {
  const { id, summary, groups, scope, body, bodyOptional } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(groups.length === 0
      ? {}
      : {
          description: `For ${groups.join(' or ')}${scope === undefined ? '' : `, or a key with the scope ${scope}`}.`,
          security: [{ accessToken: [] }, ...(scope === undefined ? [] : [{ apiKey: [scope] }])],
        }),
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: bodyOptional !== true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: { ...answersOf(operation), ...refusalsOf(operation) },
  };
}

function parametersOf({ parameters, query, idempotent }: Operation): readonly Json[] {
  return [
    ...Object.entries(parameters ?? {}).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: jsonSchema(schema, 'input'),
    })),
    ...Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: false,
      schema: jsonSchema(z.strictObject({ schema }).shape.schema, 'input'),
    })),
    ...(idempotent === true
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: true,
            description: `The same key and body are carried out once, and answered alike, for at least ${retention.checkoutKeys} days.`,
            schema: jsonSchema(idempotencyKeySchema, 'input'),
          },
        ]
      : []),
  ];
}

function answersOf({ answers }: Operation): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      {
        description: 'Done',
        content: { 'application/json': { schema: jsonSchema(schema, 'output') } },
      },
    ]),
  );
}

function refusalsOf(operation: Operation): Json {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => problems[code].title).join('; '),
        content: {
          'application/problem+json': {
            schema: {
              $ref: '#/components/schemas/Problem',
              properties: { type: { enum: codes.map((code) => `urn:kassa:problem:${code}`) } },
            },
          },
        },
      },
    ]),
  );
}

function problemsOf(operation: Operation): readonly ProblemCode[] {
  const { path, groups, scope, body, query, idempotent } = operation;
  if (path === '/health') return ['throttled'];
  const always: readonly ProblemCode[] = ['throttled', 'internal', 'unavailable', 'timed-out'];
  const signedIn: readonly ProblemCode[] = ['unauthenticated', 'forbidden'];
  const byKey: readonly ProblemCode[] = ['scope-missing', 'quota-exceeded'];
  const withBody: readonly ProblemCode[] = [
    'malformed-json',
    'malformed-encoding',
    'body-too-large',
    'unsupported-media-type',
    'invalid-request',
  ];
  const withKey: readonly ProblemCode[] = ['idempotency-key-missing', 'idempotency-key-malformed'];
  const parsesBody = body !== undefined && groups.length > 0;
  return [
    ...new Set([
      ...(groups.length > 0 ? signedIn : []),
      ...(scope === undefined ? [] : byKey),
      ...(idempotent === true ? withKey : []),
      ...(parsesBody ? withBody : []),
      ...(query === undefined ? [] : (['invalid-request'] as const)),
      ...operation.problems,
      ...always,
    ]),
  ];
}

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: { pointer: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    // The format says it; zod's pattern for it may differ from one release to the next.
    override: ({ jsonSchema: made }) => {
      if (made.format !== undefined) delete made.pattern;
    },
  });
  return rest;
}
