import type { IncomingMessage, Server } from 'node:http';

/** The whole body, or undefined when it is longer than `longest` bytes. */
export function readBody(request: IncomingMessage, longest: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // Events, not an async iterator: that costs more than reading the small bodies that come here.
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // Read on to the end, so that the client gets to the answer, but keep nothing.
      if (length > longest) chunks.length = 0;
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      if (length > longest) resolve(undefined);
      else resolve(chunks.length === 1 ? only : Buffer.concat(chunks, length));
    });
    request.on('error', reject);
  });
}

/** Listens on the loopback. @returns the base URL @throws the listen error, EADDRINUSE and all */
export function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://127.0.0.1:${bound}`);
    });
  });
}

export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
