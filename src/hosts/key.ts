import ssh2 from 'ssh2';
import { DeployError } from '../errors.ts';

const fault = (code: string, what: string, remedy: string) =>
  new DeployError({ code, what, where: 'ssh-key', remedy });

/** The text with one line a line, whatever copying made of it; `\n` may be written as two characters. */
function asLines(text: string): string {
  const real = /[\r\n]/.test(text.trim()) ? text : text.replaceAll('\\r', '').replaceAll('\\n', '\n');
  return real
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .join('\n')
    .trim();
}

/**
 * Mends what copying does to a private key (Windows line ends, spaces around and before its lines, a lost last
 * newline, `\n` written as two characters) and checks that it is one.
 * @returns the key as OpenSSH wants it.
 * @throws DeployError that says which of the usual mistakes it is.
 */
export function readPrivateKey(text: string, passphrase?: string): string {
  const lines = asLines(text);
  const key = `${lines}\n`;

  if (lines === '') {
    throw fault(
      'ssh-key-missing',
      'There is no SSH key.',
      'Put the private key into a secret and pass it: ssh-key: ${{ secrets.DEPLOY_SSH_KEY }}. A pull request from a fork gets no secrets.',
    );
  }
  if (/^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+) /.test(lines)) {
    throw fault(
      'ssh-key-public',
      'The SSH key is a public key.',
      'Pass the private one: the file without .pub, that begins with -----BEGIN.',
    );
  }
  const putty = lines.startsWith('PuTTY-User-Key-File');
  if (!putty && !/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(key)) {
    throw fault(
      'ssh-key-format',
      'The SSH key is no private key.',
      'It begins with -----BEGIN OPENSSH PRIVATE KEY----- and is passed whole, with its first and last line. Make one: ssh-keygen -t ed25519 -f deploy -N "".',
    );
  }
  const parsed = ssh2.utils.parseKey(key, passphrase);
  if (!(parsed instanceof Error)) return key;
  if (/no passphrase given/i.test(parsed.message)) {
    throw fault(
      'ssh-passphrase-missing',
      'The SSH key is encrypted and no passphrase was given.',
      'Pass ssh-passphrase, or make a key without one for this purpose: ssh-keygen -p -f deploy.',
    );
  }
  if (passphrase && /bad passphrase|integrity check/i.test(parsed.message)) {
    throw fault(
      'ssh-passphrase-wrong',
      'The passphrase does not open the SSH key.',
      'Check ssh-passphrase: it belongs to just this key.',
    );
  }
  if (putty) {
    throw fault(
      'ssh-key-putty',
      "The SSH key is in a format of PuTTY's own that can not be read.",
      'Write it anew in the format of OpenSSH: puttygen deploy.ppk -O private-openssh -o deploy, or in PuTTYgen: Conversions, Export OpenSSH key.',
    );
  }
  throw fault(
    'ssh-key-format',
    `The SSH key can not be read (${parsed.message}).`,
    'Pass the whole file, with its first and last line, and all line ends. Old formats: ssh-keygen -p -f deploy writes it anew.',
  );
}

/** The type of a private key that `readPrivateKey` took, such as `ssh-ed25519`. */
export function keyTypeIn(key: string, passphrase?: string): string | undefined {
  const parsed = ssh2.utils.parseKey(key, passphrase);
  const one = Array.isArray(parsed) ? parsed[0] : parsed;
  return one instanceof Error ? undefined : one?.type;
}
