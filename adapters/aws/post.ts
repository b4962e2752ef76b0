import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

/** Milliseconds for one attempt, from connecting to the answer's end. */
const patience = 4000;
/** Characters of an answer that are kept. */
const longestAnswer = 64 * 1024;

const agents = {
  plain: new PlainAgent({ keepAlive: true }),
  secure: new SecureAgent({ keepAlive: true }),
};

/** A POST over a connection that is kept. @throws Error where there is no answer in time */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers };
    const request =
      url.protocol === 'https:'
        ? secureRequest(url, { ...options, agent: agents.secure })
        : plainRequest(url, { ...options, agent: agents.plain });
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), patience);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < longestAnswer) text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    request.on('close', () => clearTimeout(timer));
    request.end(body);
  });
}
