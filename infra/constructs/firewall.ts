import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

interface FirewallProps {
  readonly name: string;
  /** ARN of the API's stage. */
  readonly protects: string;
  /** Paths no rule looks at. */
  readonly except: readonly [string, ...string[]];
}

/** Requests from one address in five minutes; a warehouse's tablets share one. */
const addressLimit = 5000;

/**
 * Refuses addresses that send too much or are known for it, and requests that look like attacks, bodies above 8 KB
 * among them. The webhook is let through: Stripe sends everything from a few addresses, events are larger than that,
 * and a signature says who sent them.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
export function addFirewall(scope: Construct, props: FirewallProps): void {
  const { name, except } = props;
  const isPath = (path: string): CfnWebACL.StatementProperty => ({
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'EXACTLY',
      searchString: path,
      textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  });
  const [first, ...others] = except;
  const elsewhere: CfnWebACL.StatementProperty = {
    notStatement: {
      statement:
        others.length === 0
          ? isPath(first)
          : { orStatement: { statements: [isPath(first), ...others.map(isPath)] } },
    },
  };
  const seen = (rule: string): CfnWebACL.VisibilityConfigProperty => ({
    metricName: `${name}-${rule}`,
    cloudWatchMetricsEnabled: true,
    // A sample would hold what customers send.
    sampledRequestsEnabled: false,
  });
  const managed = (rule: string, group: string, priority: number): CfnWebACL.RuleProperty => ({
    name: rule,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name: group,
        scopeDownStatement: elsewhere,
      },
    },
    visibilityConfig: seen(rule),
  });
  const acl = new CfnWebACL(scope, 'firewall', {
    name,
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: seen('all'),
    rules: [
      {
        name: 'addresses',
        priority: 0,
        action: { block: { customResponse: { responseCode: 429 } } },
        statement: {
          rateBasedStatement: {
            aggregateKeyType: 'IP',
            limit: addressLimit,
            evaluationWindowSec: 300,
            scopeDownStatement: elsewhere,
          },
        },
        visibilityConfig: seen('addresses'),
      },
      managed('reputation', 'AWSManagedRulesAmazonIpReputationList', 1),
      managed('common', 'AWSManagedRulesCommonRuleSet', 2),
      managed('known-bad', 'AWSManagedRulesKnownBadInputsRuleSet', 3),
    ],
  });
  new CfnWebACLAssociation(scope, 'firewall-association', {
    resourceArn: props.protects,
    webAclArn: acl.attrArn,
  });
}
