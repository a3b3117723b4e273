import type { repository } from '../../environments/repository';

export type Repository = typeof repository;
export type RolePurpose = 'plan' | 'deploy' | 'test';

/**
 * Subjects of the tokens with which a role may be assumed, each in full: a pattern would also match what others can make.
 * `deploy` and `test` go by the environment of GitHub, which asks its reviewers and admits its branches only; a plan is
 * also made for pull requests, which GitHub gives a token only if their branch is in the repository itself.
 * Source: GitHub, "OpenID Connect reference", Example subject claims.
 */
export function subjects(purpose: RolePurpose, environment: string, repository: Repository): string[] {
  const { subject, defaultBranch, branches } = repository;
  const own = (what: string) => `repo:${subject}:${what}`;
  if (purpose !== 'plan') return [own(`environment:${environment}`)];
  const from = new Set([branches[environment] ?? defaultBranch, defaultBranch]);
  return [own('pull_request'), ...[...from].map((branch) => own(`ref:refs/heads/${branch}`))];
}
