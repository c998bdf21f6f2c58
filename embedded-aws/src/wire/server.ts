import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AwsError } from '../core/errors.ts';
import { createEndpoint, type EndpointOptions, refuseUnread } from './endpoint.ts';
import type { WireRequest, WireResponse } from './protocols.ts';

/** The maximum size of a request, in bytes. DynamoDB has the highest limit of all services. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

const LOOPBACK = '127.0.0.1';

export interface RunningServer {
  readonly url: string;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/**
 * Serves the endpoint over HTTP on the loopback interface only, because signatures are not checked. Port 0 selects a
 * free port. Rejects with the system's error if the port is in use.
 */
export async function serve(port: number, options: EndpointOptions): Promise<RunningServer> {
  const answer = createEndpoint(options);
  const server = createServer(async (incoming, outgoing) => {
    const request = requestOf(incoming);
    if (options.now !== undefined) outgoing.setHeader('date', options.now().toUTCString());
    try {
      const body = await readBody(incoming);
      send(outgoing, await answer({ ...request, body }));
    } catch (error) {
      // A broken connection cannot be answered.
      if (!(error instanceof AwsError)) return outgoing.destroy();
      // The rest of the request is not read, so the connection cannot be used again.
      outgoing.setHeader('connection', 'close');
      send(outgoing, refuseUnread(request, error, options.requestId()));
    }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const refusal = new AwsError('MalformedRequest', 'The request is not valid HTTP/1.1');
    const { body, headers } = refuseUnread(unreadable, refusal, options.requestId());
    const type = headers['content-type'];
    const length = Buffer.byteLength(body);
    socket.end(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unreadable: WireRequest = { method: '', path: '', query: new URLSearchParams(), headers: {}, body: '' };

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function requestOf({ method = '', url = '/', headers }: IncomingMessage): WireRequest {
  const question = url.indexOf('?');
  return {
    method,
    path: question === -1 ? url : url.slice(0, question),
    query: new URLSearchParams(question === -1 ? '' : url.slice(question + 1)),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    ),
    body: '',
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const encoding = incoming.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AwsError('UnsupportedMediaType', `The content encoding ${encoding} is not supported`, 415);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) {
      const message = `The request is larger than ${BODY_BYTES_MAX} bytes`;
      throw new AwsError('RequestEntityTooLarge', message, 413);
    }
    chunks.push(chunk as Buffer);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new AwsError('MalformedRequest', 'The request is not valid UTF-8');
  }
}

function send(outgoing: ServerResponse, { status, headers, body }: WireResponse): void {
  // A 204 response has no content-length header.
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  outgoing.writeHead(status, { ...headers, ...length });
  outgoing.end(body);
}
