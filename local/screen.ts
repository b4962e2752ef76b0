import type { Cloud } from './cloud.ts';

/** One screen after the start: where everything listens, and calls that work as pasted, one after another. */
export function screen(cloud: Cloud): string {
  const { apiUrl, issuerUrl, controlUrl, sfnUrl, stripeUrl } = cloud;
  const addresses: readonly (readonly [name: string, url: string])[] = [
    ['API', apiUrl],
    ['Token issuer', `${issuerUrl}/token   (or ${controlUrl}/token/warehouse/walter)`],
    ['Step Functions', sfnUrl],
    ['PostgreSQL', cloud.databaseUrl],
    ['Stripe', stripeUrl ?? 'the real one, by STRIPE_SECRET_KEY; its events are polled'],
    ['Control', `${controlUrl}   (/status, /clock, /clock/advance, /addresses)`],
  ];
  const shop = cloud.routes.includes('POST /orders') && stripeUrl !== undefined;
  const ada = `-H "Authorization: Bearer $ADA"`;
  const order = [
    `ADA=$(curl -s ${controlUrl}/token/customer/ada)`,
    `ORDER=$(curl -s ${apiUrl}/orders ${ada} -H "Idempotency-Key: order-$(date +%s)" --json '${basket}' | grep -o '[0-9a-f-]\\{36\\}' | head -1)`,
    `curl -s ${apiUrl}/orders/$ORDER ${ada}`,
    `SECRET=$(curl -s ${apiUrl}/orders/$ORDER ${ada} | grep -o 'pi_[A-Za-z0-9]*_secret_[A-Za-z0-9]*')`,
    `curl -s ${stripeUrl}/v1/payment_intents/\${SECRET%_secret*}/confirm -u ${cloud.stripePublishableKey}: -d client_secret=$SECRET -d payment_method=pm_card_visa`,
    `curl -s ${apiUrl}/orders/$ORDER/timeline ${ada}`,
  ];
  return [
    ...addresses.map(([name, url]) => `  ${name.padEnd(16)}${url}`),
    '',
    ...(shop ? ['Ada orders coffee, pays, and looks at it:', ...order.map(indent), ''] : []),
    'And then:',
    indent(
      `curl -s ${controlUrl}/clock/advance -d '{"seconds":900}'     # a quarter of an hour passes`,
    ),
    indent(
      `aws stepfunctions list-state-machines --endpoint-url ${sfnUrl} --region ${cloud.region}`,
    ),
    indent(
      'npm run demo                                       # what may happen to an order, told',
    ),
    '',
    'Ctrl-C ends it; the next start goes on where it was. npm run reset forgets everything.',
  ].join('\n');
}

const basket = JSON.stringify({
  items: [{ sku: 'COF-ESP-250', quantity: 1 }],
  shippingAddress: {
    recipient: 'Ada Byron',
    line1: 'Torstrasse 1',
    postalCode: '10119',
    city: 'Berlin',
    country: 'DE',
  },
});

function indent(line: string): string {
  return `  ${line}`;
}
