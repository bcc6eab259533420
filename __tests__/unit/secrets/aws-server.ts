import { createHash, createHmac } from 'node:crypto';
import { type Asked, LocalServer, type Told } from './http.ts';

/**
 * Secrets Manager as its API reference describes it, as far as GetSecretValue goes: JSON 1.1, errors by `__type`, and
 * every signature (Signature Version 4) worked out anew and compared.
 */
export class AwsServer extends LocalServer {
  /** Access key id -> what belongs to it. */
  readonly keys = new Map<string, { secret: string; session?: string | undefined; expired?: boolean }>();
  /** Name -> its versions, the newest last. */
  readonly secrets = new Map<string, { id: string; text?: string; binary?: string; labels: string[] }[]>();
  /** Names that may not be read, and those whose key may not be used. */
  readonly denied = new Set<string>();
  readonly undecryptable = new Set<string>();

  constructor() {
    super((asked) => this.#answer(asked));
  }

  #answer(asked: Asked): Told {
    const refusal = this.#refusal(asked);
    if (refusal) return refusal;
    if (asked.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return error('UnknownOperationException');
    const { SecretId, VersionId, VersionStage } = JSON.parse(asked.body) as Record<string, string>;
    const arn = /^arn:aws:secretsmanager:[^:]+:123456789012:secret:(.*)-[A-Za-z0-9]{6}$/.exec(SecretId ?? '');
    const name = arn?.[1] ?? SecretId ?? '';
    if (this.denied.has(name)) {
      return error(
        'AccessDeniedException',
        `User: arn:aws:sts::123456789012:assumed-role/deploy/run is not authorized to perform: secretsmanager:GetSecretValue on resource: ${name}`,
      );
    }
    if (this.undecryptable.has(name)) return error('DecryptionFailure');
    const versions = this.secrets.get(name);
    if (!versions)
      return error('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const label = VersionStage ?? 'AWSCURRENT';
    const found = versions.find((one) => (VersionId ? one.id === VersionId : one.labels.includes(label)));
    if (!found) {
      return error(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${label}`,
      );
    }
    return {
      status: 200,
      json: {
        ARN: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`,
        Name: name,
        VersionId: found.id,
        VersionStages: found.labels,
        CreatedDate: 1.7e9,
        ...(found.text !== undefined && { SecretString: found.text }),
        ...(found.binary !== undefined && { SecretBinary: found.binary }),
      },
    };
  }

  #refusal({ method, url, headers, body }: Asked): Told | undefined {
    const [, id = '', day = '', region = '', service = '', signed = '', signature] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? '',
      ) ?? [];
    if (!signature) return error('MissingAuthenticationTokenException');
    const key = this.keys.get(id);
    if (!key || headers['x-amz-security-token'] !== key.session) {
      return error('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (key.expired) {
      return error('ExpiredTokenException', 'The security token included in the request is expired');
    }
    const needed = ['host', 'x-amz-date', ...(key.session === undefined ? [] : ['x-amz-security-token'])];
    const names = signed.split(';');
    if (service !== 'secretsmanager' || needed.some((name) => !names.includes(name)))
      return error('IncompleteSignature');
    const canonical = [
      method,
      url.pathname,
      url.search.slice(1),
      ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      signed,
      sha256(body),
    ].join('\n');
    const date = String(headers['x-amz-date']);
    const text = [
      'AWS4-HMAC-SHA256',
      date,
      `${day}/${region}/${service}/aws4_request`,
      sha256(canonical),
    ].join('\n');
    const signing = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key.secret}`);
    const right = hmac(signing, text).toString('hex') === signature && date.startsWith(day);
    // As AWS does, it shows what should have been signed, the session token included.
    return right
      ? undefined
      : error('InvalidSignatureException', `The Canonical String should have been '${canonical}'`);
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

export const error = (type: string, message = 'said by AWS', status = 400): Told => ({
  status,
  headers: { 'x-amzn-ErrorType': type },
  json: { __type: type, message },
});
