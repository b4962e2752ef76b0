/**
 * The few actions that name no resource, each with the reason. Anything else that asks for `*`, and any action
 * with a `*` in it, fails the rules.
 */
export const starActions: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'X-Ray knows no resources',
  'xray:PutTelemetryRecords': 'X-Ray knows no resources',
  'xray:GetSamplingRules': 'X-Ray knows no resources',
  'xray:GetSamplingTargets': 'X-Ray knows no resources',
  'ec2:CreateNetworkInterface': 'Lambda makes its own network interfaces, in subnets it is told',
  'ec2:DescribeNetworkInterfaces': 'describing takes no resource',
  'ec2:DescribeSubnets': 'describing takes no resource',
  'ec2:DeleteNetworkInterface': 'the interface has no name before it is made',
  'ec2:AssignPrivateIpAddresses': 'the interface has no name before it is made',
  'ec2:UnassignPrivateIpAddresses': 'the interface has no name before it is made',
  'dynamodb:ListStreams': 'listing streams takes no resource; reading one does',
  'logs:CreateLogDelivery': 'vended log deliveries have no resource',
  'logs:GetLogDelivery': 'vended log deliveries have no resource',
  'logs:UpdateLogDelivery': 'vended log deliveries have no resource',
  'logs:DeleteLogDelivery': 'vended log deliveries have no resource',
  'logs:ListLogDeliveries': 'vended log deliveries have no resource',
  'logs:PutResourcePolicy': 'vended log deliveries have no resource',
  'logs:DescribeResourcePolicies': 'vended log deliveries have no resource',
  'logs:DescribeLogGroups': 'vended log deliveries have no resource',
};
