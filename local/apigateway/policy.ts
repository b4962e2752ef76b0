import * as z from 'zod';

const OneOrMany = z.union([z.string(), z.array(z.string())]);
const Statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: OneOrMany,
  Resource: OneOrMany,
});

/** What a Lambda authorizer answers. */
export const AuthorizerAnswer = z.looseObject({
  principalId: z.string(),
  policyDocument: z.looseObject({
    Version: z.string().optional(),
    Statement: z.union([Statement, z.array(Statement)]),
  }),
  context: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional(),
  usageIdentifierKey: z.string().nullish(),
});
export type AuthorizerAnswer = z.infer<typeof AuthorizerAnswer>;

/** Whether the answer's policy lets this method ARN be invoked; a deny wins, nothing said is a deny. */
export function decide(answer: AuthorizerAnswer, methodArn: string): 'allow' | 'deny' | 'silent' {
  const { Statement: statements } = answer.policyDocument;
  let decision: 'allow' | 'silent' = 'silent';
  for (const statement of Array.isArray(statements) ? statements : [statements]) {
    const applies =
      many(statement.Action).some((action) =>
        matches(action.toLowerCase(), 'execute-api:invoke'),
      ) && many(statement.Resource).some((resource) => matches(resource, methodArn));
    if (!applies) continue;
    if (statement.Effect === 'Deny') return 'deny';
    decision = 'allow';
  }
  return decision;
}

function many(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** IAM's wildcards: `*` any run of characters, `?` any one. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
