/** One repository as GitHub keeps it, in the memory of a test: what the operations read and write. */
export class Repository {
  #ids = 0;
  #clock = Date.parse('2026-01-01T00:00:00Z');

  /** @param {string} name owner/name */
  constructor(name) {
    this.name = name;
    /** Each with its statuses, oldest first. */
    this.deployments = [];
    this.comments = [];
    this.pulls = [];
  }

  nextId() {
    this.#ids += 1;
    return this.#ids;
  }

  /** Each call is a second later: what is newer is told by its time. */
  now() {
    this.#clock += 1000;
    return new Date(this.#clock).toISOString();
  }

  /** The statuses of a deployment as words, oldest first. */
  states(id) {
    return this.deployments.find((one) => one.id === id)?.statuses.map(({ state }) => state);
  }

  addDeployment(fields) {
    const at = this.now();
    const deployment = {
      id: this.nextId(),
      sha: '0'.repeat(40),
      ref: 'main',
      task: 'deploy',
      environment: 'production',
      payload: '',
      description: null,
      transient_environment: false,
      production_environment: fields.environment === 'production',
      created_at: at,
      updated_at: at,
      ...fields,
      statuses: [],
    };
    this.deployments.push(deployment);
    return deployment;
  }

  addStatus(deployment, fields) {
    const at = this.now();
    const target = fields.log_url ?? fields.target_url ?? '';
    const status = {
      id: this.nextId(),
      description: '',
      environment: deployment.environment,
      environment_url: '',
      ...fields,
      log_url: target,
      target_url: target,
      created_at: at,
      updated_at: at,
    };
    if (status.state === 'success' && fields.auto_inactive !== false) this.#supersede(deployment);
    deployment.statuses.push(status);
    return status;
  }

  /** What GitHub itself reports for a job with `environment:`, from the start of the job on. */
  addJobDeployment(environment, runUrl) {
    const deployment = this.addDeployment({ environment, payload: {} });
    this.addStatus(deployment, { state: 'in_progress', log_url: `${runUrl}/job/4711` });
    return deployment;
  }

  /** @param {object} [by] fields of its author and of how they belong to the repository; ours without */
  addComment(issue, body, by = {}) {
    const at = this.now();
    const comment = { id: this.nextId(), issue, body, created_at: at, updated_at: at, ...by };
    this.comments.push(comment);
    return comment;
  }

  #supersede(deployment) {
    const prior = this.deployments.filter(
      (one) =>
        one.id < deployment.id &&
        one.environment === deployment.environment &&
        !one.transient_environment &&
        !one.production_environment &&
        one.statuses.at(-1)?.state === 'success',
    );
    for (const one of prior) this.addStatus(one, { state: 'inactive' });
  }
}
