import type { Control } from './control.ts';
import { StripeFault } from './errors.ts';
import type { Simulator } from './simulator.ts';

interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The bank's page that `next_action.redirect_to_url` leads to: `/_3ds/<intent>?client_secret=…` asks,
 * with `&passed=true|false` it is answered and leads back to the shop's return_url.
 */
export function challengePage(
  simulator: Simulator,
  control: Control,
  path: string,
  query: URLSearchParams,
): Page {
  const id = path.slice('/_3ds/'.length);
  const secret = query.get('client_secret') ?? '';
  const passed = query.get('passed');
  try {
    const { return_url, client_secret } = simulator.resources.challengeOf(id);
    if (client_secret !== secret) return html(403, 'The client secret does not match.');
    if (passed === null)
      return html(
        200,
        `<h1>Your bank asks: is this you?</h1><p><a href="?client_secret=${client_secret}&amp;passed=true">Complete</a> <a href="?client_secret=${client_secret}&amp;passed=false">Fail</a></p>`,
      );
    control.authenticate(id, passed === 'true');
    if (return_url === null) return html(200, 'Done. You may close this page.');
    const back = new URL(return_url);
    const name = id.startsWith('seti_') ? 'setup_intent' : 'payment_intent';
    back.searchParams.set(name, id);
    back.searchParams.set(`${name}_client_secret`, client_secret);
    back.searchParams.set('redirect_status', passed === 'true' ? 'succeeded' : 'failed');
    return { status: 302, headers: { location: back.toString() }, body: '' };
  } catch (error) {
    if (error instanceof StripeFault)
      return html(error.status, error.body.message.replaceAll('<', '&lt;'));
    throw error;
  }
}

function html(status: number, body: string): Page {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}
