import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import type { KeyPairRecord } from './records.ts';

/** A key of either type, with the data that EC2 shows. */
export interface KeyMaterial extends Pick<KeyPairRecord, 'keyType' | 'fingerprint' | 'publicKey'> {
  /** In OpenSSH format. */
  readonly privateKey: string;
}

/**
 * Keys are the only random data in the embedded AWS that do not come from the seed: a predictable key would
 * not be secret.
 */
export function makeKey(keyType: 'rsa' | 'ed25519'): KeyMaterial {
  if (keyType === 'rsa') {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    // For a key that EC2 created: the SHA-1 digest of the private key (EC2 user guide, Verify the fingerprint
    // of your key pair).
    const fingerprint = colons(
      createHash('sha1')
        .update(privateKey.export({ type: 'pkcs8', format: 'der' }))
        .digest('hex'),
    );
    return {
      keyType,
      fingerprint,
      publicKey: `ssh-rsa ${sshBlob(publicKey).toString('base64')}`,
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    };
  }
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const blob = sshBlob(publicKey);
  return {
    keyType,
    fingerprint: createHash('sha256').update(blob).digest('base64'),
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    privateKey: opensshPrivateKey(blob, privateKey),
  };
}

/** Reads an imported public key: an OpenSSH line, or the DER form in base64. */
export function readPublicKey(text: string): Omit<KeyMaterial, 'privateKey'> {
  const [, name, body] = /^(ssh-rsa|ssh-ed25519)\s+([A-Za-z0-9+/=]+)(?:\s.*)?$/s.exec(text.trim()) ?? [];
  const blob = Buffer.from(body ?? '', 'base64');
  if (name === 'ssh-ed25519') {
    const [kind, key, ...rest] = sshStrings(blob);
    if (kind?.toString() !== name || key?.length !== 32 || rest.length > 0) throw badKey();
    const fingerprint = createHash('sha256').update(blob).digest('base64');
    return { keyType: 'ed25519', fingerprint, publicKey: `${name} ${body}` };
  }
  const key = name === 'ssh-rsa' ? rsaFromSsh(blob) : rsaFromDer(text);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (![1024, 2048, 4096].includes(bits)) {
    throw new AwsError('InvalidKey.Format', 'RSA keys must have 1024, 2048 or 4096 bits');
  }
  // For an imported key: the MD5 digest of the public key (same source).
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyType: 'rsa',
    fingerprint: colons(createHash('md5').update(der).digest('hex')),
    publicKey: `ssh-rsa ${sshBlob(key).toString('base64')}`,
  };
}

const badKey = () => new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');

function rsaFromSsh(blob: Buffer): KeyObject {
  const [kind, exponent, modulus] = sshStrings(blob);
  if (kind?.toString() !== 'ssh-rsa' || exponent === undefined || modulus === undefined) throw badKey();
  const n = modulus[0] === 0 ? modulus.subarray(1) : modulus;
  try {
    const jwk = { kty: 'RSA', n: n.toString('base64url'), e: exponent.toString('base64url') };
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw badKey();
  }
}

function rsaFromDer(text: string): KeyObject {
  const body = text.replace(/-----(BEGIN|END) PUBLIC KEY-----/g, '');
  try {
    const key = createPublicKey({ key: Buffer.from(body, 'base64'), type: 'spki', format: 'der' });
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Continues with the refusal below.
  }
  throw badKey();
}

/** The strings of the SSH wire format, each prefixed with its length (RFC 4251, section 5). */
function sshStrings(blob: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  for (let offset = 0; offset + 4 <= blob.length; ) {
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) throw badKey();
    strings.push(blob.subarray(offset + 4, end));
    offset = end;
  }
  return strings;
}

function sshString(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A public key in SSH format (RFC 4253, section 6.6; RFC 8709, section 4). */
function sshBlob(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url');
  if (jwk.kty !== 'RSA') return Buffer.concat([sshString('ssh-ed25519'), sshString(bytes(jwk.x))]);
  // A leading zero keeps a number positive when its first bit is set.
  const number = (value: Buffer) =>
    (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value;
  return Buffer.concat([
    sshString('ssh-rsa'),
    sshString(number(bytes(jwk.e))),
    sshString(number(bytes(jwk.n))),
  ]);
}

/**
 * Node cannot write OpenSSH's format (PROTOCOL.key in OpenSSH's sources), which is the only format for
 * ED25519 keys.
 */
function opensshPrivateKey(publicBlob: Buffer, key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const check = Buffer.alloc(4);
  check.writeUInt32BE(randomInt(2 ** 32));
  const pair = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  const secret = Buffer.concat([check, check, publicBlob, sshString(pair), sshString('')]);
  const padding = Buffer.from(Array.from({ length: -secret.length & 7 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    count,
    sshString(publicBlob),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

const colons = (digits: string) => (digits.match(/../g) ?? []).join(':');

const nameLengthMax = 255;

/** Refuses an invalid or taken name. This check reads the current state, without read lag. */
export function checkKeyPairName(name: string | undefined, { world, account, region }: Call): string {
  if (name === undefined || name === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter KeyName');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII.
  if (name.length > nameLengthMax || !/^[\x00-\x7f]+$/.test(name) || name !== name.trim()) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter KeyName is invalid. It must have up to ${nameLengthMax} ASCII characters, and no spaces at its ends.`,
    );
  }
  const isTaken = world.keyPairs
    .all()
    .some((pair) => pair.account === account && pair.region === region && pair.name === name);
  if (isTaken) throw new AwsError('InvalidKeyPair.Duplicate', `The keypair already exists`);
  return name;
}

export function putKeyPair(
  name: string,
  { keyType, fingerprint, publicKey }: Omit<KeyMaterial, 'privateKey'>,
  tags: Tags,
  { world, account, region, now }: Call,
): KeyPairRecord {
  const id = newId(world, 'key');
  return world.keyPairs.put(
    { id, account, region, tags, name, keyType, fingerprint, publicKey, createTime: now },
    now,
    lagMs(world, id),
  );
}
