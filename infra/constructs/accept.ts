import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Lets findings of cdk-nag's AwsSolutions pack stand at a construct and below it: the rule, without the pack's name,
 * and the reason that a reviewer reads. A reason that no finding needs any more fails test/infrastructure.
 */
export function accept(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(scope).acknowledge(
    ...Object.entries(reasons).map(([rule, reason]) => ({ id: `AwsSolutions-${rule}`, reason })),
  );
}
