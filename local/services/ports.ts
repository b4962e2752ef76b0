import { createServer } from 'node:net';

/**
 * A port of the loopback for programs that are told theirs: the wanted one if it is free, any for 0.
 * @throws the listen error, EADDRINUSE and all: another program's answer there must not be taken for ours
 */
export function claimPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      probe.close(() => resolve(port));
    });
  });
}

export function freePort(): Promise<number> {
  return claimPort(0);
}
