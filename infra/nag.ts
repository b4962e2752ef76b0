import { type App, type CfnResource, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type IApplyRule, NagRuleCompliance } from 'cdk-nag';
import type { IConstruct } from 'constructs';

export interface Findings {
  /** `rule at construct: what is wrong`, for each finding without a reason beside what it is about. */
  readonly open: readonly string[];
  /** `rule at construct`, for each reason that no finding below it needs. */
  readonly needless: readonly string[];
}

/** The pack, which also remembers what it would have said without anybody's reasons. */
class Remembering extends AwsSolutionsChecks {
  readonly raised: { readonly rule: string; readonly path: string }[] = [];

  protected override applyRule(parameters: IApplyRule): void {
    const rule = `AwsSolutions-${parameters.ruleSuffixOverride ?? parameters.rule.name}`;
    const path = parameters.node.node.path;
    for (const raised of raisedBy(rule, parameters)) this.raised.push({ rule: raised, path });
    super.applyRule(parameters);
  }
}

/** A rule that cannot be evaluated counts as raised, as the pack counts it. */
function raisedBy(
  rule: string,
  { rule: check, node }: { rule(node: CfnResource): unknown; node: CfnResource },
): readonly string[] {
  try {
    const result = check(node);
    if (Array.isArray(result)) return result.map((finding) => `${rule}[${String(finding)}]`);
    return result === NagRuleCompliance.NON_COMPLIANT ? [rule] : [];
  } catch {
    return [rule];
  }
}

/** Checks every stage of a synthesized app against cdk-nag's AwsSolutions pack; takes about a second a stage. */
export function findingsOf(app: App): Findings {
  const pack = new Remembering();
  const report = pack.validateScope(app);
  return {
    open: report.violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(
        ({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`,
      ),
    ),
    needless: acceptedIn(app)
      .filter(
        ({ rule, path }) =>
          !pack.raised.some((one) => one.rule === rule && `${one.path}/`.startsWith(`${path}/`)),
      )
      .map(({ rule, path }) => `${rule} at ${path}`),
  };
}

function acceptedIn(
  scope: IConstruct,
): readonly { readonly rule: string; readonly path: string }[] {
  return scope.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(Object(data)))
      .map((id) => ({ rule: id.replace(/^annotation::/i, ''), path: node.path }))
      // CDK accepts findings of its own at constructs of its own.
      .filter(({ rule }) => rule.startsWith('AwsSolutions-')),
  );
}
