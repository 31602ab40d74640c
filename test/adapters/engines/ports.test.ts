import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { choosePorts, freePort, isFree } from '../../../adapters/engines/ports.ts';

describe('ports', () => {
  it('are free, different, and keep the ones asked for', async () => {
    const wanted = await freePort();
    const ports = await choosePorts(['a', 'b', 'c'], { b: wanted });
    expect(ports.b).toBe(wanted);
    expect(new Set(Object.values(ports)).size).toBe(3);
    for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
  });

  it('that are taken are refused, not replaced', async () => {
    const server = createServer().listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(choosePorts(['gateway'], { gateway: port })).rejects.toMatchObject({
      name: 'PortTaken',
      message: expect.stringContaining(`gateway: 127.0.0.1:${port}`),
    });
    server.close();
  });
});
