import { checkNames } from '../../scripts/names';

test('environments/names.json holds the names that modules/naming.ts builds', () => expect(checkNames).not.toThrow());
