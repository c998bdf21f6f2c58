import type { AddressInfo } from 'node:net';
import { acceptsLogins, type FlowingTime, runInShell, type Services, type World } from 'embedded-aws';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';

/** The simulated time between two looks at a guest that boots. */
const BOOT_POLL_MS = 1000;

/** In simulated time. The functions of node:timers/promises use real time. */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface SshServer {
  readonly port: number;
  close(): void;
}

/**
 * An SSH server for the one running instance of a world. It answers when the guest has booted, and runs scripts in the guest model. Time
 * stands still during the handshake and the transfer of files: Packer gets them for free.
 */
export async function serveSsh(world: World, services: Services, time: FlowingTime): Promise<SshServer> {
  const { private: hostKey } = ssh2.utils.generateKeyPairSync('ed25519');
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => serve(connection));
  const guest = () => world.instances.all().find(({ state }) => state === 'running')?.id ?? '';

  async function serve(connection: Connection): Promise<void> {
    let script = '';
    let resume = () => {};
    connection.on('error', () => {});
    connection.on('authentication', async (context) => {
      while (!acceptsLogins({ world, services }, guest())) await sleep(BOOT_POLL_MS);
      resume = time.hold();
      context.accept();
    });
    connection.on('session', (accept) => {
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty?.());
      session.on('exec', async (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        if (command.startsWith('scp ')) script = await received(channel);
        const runs = command.startsWith('sudo sh ');
        if (runs) resume();
        channel.exit(runs ? await run(script) : 0);
        channel.end();
      });
    });
  }

  async function run(script: string): Promise<number> {
    const { exitCode, seconds } = runInShell({ world, services }, guest(), script);
    await sleep(seconds * 1000);
    return exitCode;
  }

  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() }),
    );
  });
}

/** Receives one file by the protocol of `scp -t`: a line with mode, size and name, the content, and a zero byte. */
function received(channel: ServerChannel): Promise<string> {
  let data = Buffer.alloc(0);
  let size: number | undefined;
  channel.write('\0');
  return new Promise((resolve) => {
    channel.on('data', (chunk: Buffer) => {
      data = Buffer.concat([data, chunk]);
      const end = data.indexOf('\n');
      if (size === undefined && end !== -1) {
        size = Number(data.toString('utf8', 0, end).split(' ')[1]);
        data = data.subarray(end + 1);
        channel.write('\0');
      }
      if (size === undefined || data.length <= size) return;
      channel.write('\0');
      resolve(data.toString('utf8', 0, size));
    });
  });
}
