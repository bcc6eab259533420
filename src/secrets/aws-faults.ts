import type { AwsReference } from '../config/config.ts';
import { listed } from '../config/nearest.ts';
import { quoted } from '../config/problem.ts';
import { type Fault, messageOf } from '../errors.ts';
import type { Read } from './references.ts';

const LOGIN =
  'Run aws-actions/configure-aws-credentials in a step before this one (with `permissions: {id-token: write}` for OIDC).';

/**
 * What an error of the SDK means. Its own text is shown only where AWS writes it for people: that of a wrong signature,
 * for one, repeats the session token.
 */
export function awsFault(error: unknown, { reference, wanted }: Read<AwsReference>): Fault {
  const { secret, version } = reference;
  const names = wanted.map(({ name }) => name);
  const where = `secrets.aws.values.${names.join(', ')}`;
  const kind = error instanceof Error ? error.name : '';
  const said = quoted(messageOf(error).split('\n')[0] ?? '', 400);
  switch (kind) {
    case 'ResourceNotFoundException':
      return {
        code: 'secrets-not-found',
        where,
        what: `AWS has no secret ${secret}${version === undefined ? '' : ` with the version ${version}`} in this account and region.`,
        remedy: 'Check name, region and account: aws secretsmanager list-secrets.',
      };
    case 'AccessDeniedException':
      return {
        code: 'secrets-denied',
        where,
        what: `AWS denies the secret ${secret}: ${said}.`,
        remedy: `Allow the role \`secretsmanager:GetSecretValue\` on it.`,
      };
    case 'DecryptionFailure':
      return {
        code: 'secrets-denied',
        where,
        what: `AWS can not decrypt the secret ${secret} for this role.`,
        remedy: 'Allow the role `kms:Decrypt` on its key, and check that the key is enabled.',
      };
    case 'InvalidRequestException':
      return {
        code: 'secrets-not-found',
        where,
        what: `AWS does not give out the secret ${secret}: ${said}.`,
        remedy: 'A secret that is to be deleted comes back with: aws secretsmanager restore-secret.',
      };
    case 'CredentialsProviderError':
      return {
        code: 'secrets-login',
        where: 'secrets.aws',
        what: 'There are no credentials for AWS.',
        remedy: LOGIN,
      };
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'RequestExpired':
      return {
        code: 'secrets-login',
        where: 'secrets.aws',
        what: 'The credentials for AWS have expired.',
        remedy: `${LOGIN} Ask for a longer \`role-duration-seconds\` when the steps between take long.`,
      };
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignature':
    case 'MissingAuthenticationToken':
      return {
        code: 'secrets-login',
        where: 'secrets.aws',
        what: `AWS does not take the credentials (${kind}).`,
        remedy: `${LOGIN} Keys that were copied by hand: check both for a missing or a spare character.`,
      };
    case 'ThrottlingException':
    case 'TooManyRequestsException':
    case 'RequestLimitExceeded':
    case 'LimitExceededException':
      return {
        code: 'secrets-throttled',
        where,
        what: `AWS throttles requests for the secret ${secret}, after several tries too.`,
        remedy: 'Run the deploy again in a minute.',
      };
  }
  if (/region is missing/i.test(messageOf(error))) {
    return {
      code: 'secrets-login',
      where: 'secrets.aws',
      what: 'No region of AWS is known.',
      remedy: 'Write `region` under `secrets.aws`, or set AWS_REGION.',
    };
  }
  const reached = hasStatus(error);
  return {
    code: reached ? 'secrets-store' : 'secrets-unreachable',
    where,
    what: reached
      ? `AWS did not give out the secret ${secret} (${kind}), after several tries too.`
      : `AWS can not be reached for the secret ${secret}: ${codeOf(error) ?? said}.`,
    remedy: reached
      ? 'Run the deploy again; https://health.aws.amazon.com tells of disturbances.'
      : `Check the region of ${listed(names)} and the network of the runner.`,
  };
}

/** Whether AWS answered at all. */
const hasStatus = (error: unknown): boolean =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode !== undefined;

/** The system's word, such as ECONNREFUSED. */
const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code !== '' ? code : undefined;
};
