/**
 * The repository whose workflows deploy, and from which branches. No other file names it: whoever forks the project changes
 * it here, and applies the stacks `…-delivery`.
 */
export const repository = {
  /**
   * What follows `repo:` in the subject of GitHub's tokens: `<owner>/<name>`, or with numbers, `<owner>-<id>/<name>-<id>`,
   * of repositories made since June 2026. Settings → Actions → OIDC shows it.
   */
  subject: 'example-org/glue-etl-pipeline',
  /** Its default branch, on which schedules run. */
  defaultBranch: 'main',
  /** Pushes to these deploy, by environment. One that is not named is deployed by people alone. */
  branches: { dev: 'develop', prod: 'main', 'prod-dr': 'main' } as Readonly<Record<string, string>>,
};
