/** One request, or one WebSocket, that did not go as it must. */
export class Failure extends Error {
  /**
   * @param {string} kind short word that failures are counted by, such as `reset` or `status-503`
   * @param {string} detail for a person
   */
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
  }
}

const KINDS = { ECONNRESET: 'reset', EPIPE: 'reset', ECONNREFUSED: 'refused', ETIMEDOUT: 'timeout' };

/** The failure behind an error of a socket. */
export function socketFailure(error, doing) {
  return new Failure(KINDS[error.code] ?? 'connection', `${doing}: ${error.code ?? error.message}`);
}
