import { checkFresh, type Origin, type Place } from '../../scripts/deploy/origin';
import type { State } from '../../scripts/deploy/state-store';

const PLACE: Place = { environment: 'dev', region: 'us-east-1', account: '111', commit: 'abc' };
const state = (serial: number, lineage = 'one') => ({ serial, lineage }) as State;

/** Checks a plan that was made from that state in one place against the state that is there now in another. */
function check(madeFrom: Origin['state'], now: State | undefined, changes: Partial<Place> = {}) {
  const origin = { ...PLACE, madeAt: '2026-11-26T12:00:00Z', state: madeFrom } as Origin;
  return () => checkFresh(origin, { ...PLACE, ...changes }, now);
}

describe('a plan is applied', () => {
  test('to the state that it was made from', () =>
    expect(check({ serial: 4, lineage: 'one' }, state(4))).not.toThrow());

  test('where there was no state, and is none', () =>
    expect(check({ serial: 0, lineage: '' }, undefined)).not.toThrow());
});

describe('a plan is refused', () => {
  const made = { serial: 4, lineage: 'one' };

  test.each<[string, () => void, string]>([
    ['in another environment', check(made, state(4), { environment: 'prod' }), 'environment dev, and not for prod'],
    ['in another Region', check(made, state(4), { region: 'eu-west-1' }), 'region us-east-1, and not for eu-west-1'],
    ['in another account', check(made, state(4), { account: '222' }), 'account 111, and not for 222'],
    ['from another commit', check(made, state(4), { commit: 'def' }), 'made from commit abc, and this is def'],
    ['with files that were changed since', check(made, state(4), { commit: 'abc-dirty' }), 'and this is abc-dirty'],
    ['after a deployment', check(made, state(5)), 'the state was at serial 4, and is at 5'],
    ['after a first deployment', check({ serial: 0, lineage: '' }, state(3)), 'the state was at serial 0, and is at 3'],
    ['after the environment was made anew', check(made, state(4, 'two')), 'destroyed or made anew'],
    ['after its state is gone', check(made, undefined), 'the state was at serial 4, and is at 0'],
  ])('%s', (_, checked, message) => expect(checked).toThrow(message));
});
