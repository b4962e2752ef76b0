import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

/** Milliseconds until a new connection is there. */
const longestConnect = 1000;
/** Characters of an answer; twice what the largest output of an execution may have. */
const longestAnswer = 512 * 1024;

const agents = {
  plain: new PlainAgent({ keepAlive: true }),
  secure: new SecureAgent({ keepAlive: true }),
};

export interface Posted {
  readonly status: number;
  readonly body: string;
}

/**
 * A POST over a connection that is kept.
 * @param patience milliseconds from its beginning to the answer's end
 * @throws Error where there is no answer in time, or too long a one
 */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  patience: number,
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = { method: 'POST', headers };
    const request = secure
      ? secureRequest(url, { ...options, agent: agents.secure })
      : plainRequest(url, { ...options, agent: agents.plain });
    const giveUp = (why: string) => () => request.destroy(new Error(why));
    const timers = [setTimeout(giveUp('no answer in time'), patience)];
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const connecting = setTimeout(giveUp('no connection in time'), longestConnect);
      timers.push(connecting);
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > longestAnswer) giveUp('too long an answer')();
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    request.on('close', () => {
      for (const timer of timers) clearTimeout(timer);
    });
    request.end(body);
  });
}
