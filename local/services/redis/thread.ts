import { parentPort, workerData } from 'node:worker_threads';
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';
import * as z from 'zod';
import type { Word } from './word.ts';

const { port } = z.object({ port: z.int() }).parse(workerData);
const compatibility = 'valkey-8.0';
const { server } = new Resp2Server({
  server: new RedisServerState({ databaseCount: 1, compatibility }),
  executor: createRedisCommandExecutor({ compatibility }),
});
const say = (word: Word) => parentPort?.postMessage(word);
// Its answers to a pipeline would wait for one another: 40 ms on Linux.
server.on('connection', (socket) => socket.setNoDelay(true));
server.once('error', (error) => say({ failed: error.message }));
// Its own `listen` would take every address, and not the loopback only.
server.listen(port, '127.0.0.1', () => say({ listening: true }));
